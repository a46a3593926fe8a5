-- Which apps may be handed a secret, by patterns of their names as tokens have them. What was there before is for all.
alter table secrets add column apps text[] not null default '{*}' check (cardinality(apps) > 0);

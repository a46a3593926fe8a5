-- Hooks are tokens that can do one thing: deploy another image of their app.

alter table tokens drop constraint tokens_role_check;
alter table tokens add constraint tokens_role_check
    check (role in ('HOOK', 'VIEWER', 'DEPLOYER', 'ADMIN'));

-- The receivers of notifications. The URL and the key that signs requests to it are sealed like
-- secrets, because the URL of a chat is a secret.
--   host           the host of the URL, for people
--   topics         what the receiver is notified of
--   apps           patterns of the apps that the receiver is notified of
--   seq            the last event that the receiver got or does not want. It moves only forward,
--                  and only the leader moves it, so no event is lost when the leader changes
--   failing_since  when the first of the present failures happened
--   due_at         when the next notification may be sent; null for at once
create table receivers (
    name          text        primary key check (name ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
    kind          text        not null check (kind in ('WEBHOOK', 'SLACK')),
    host          text        not null,
    topics        text[]      not null check (cardinality(topics) > 0),
    apps          text[]      not null check (cardinality(apps) > 0),
    key_id        text        not null,
    sealed        text        not null,
    actor         text        not null,
    changed_at    timestamptz not null,
    seq           bigint      not null,
    failures      integer     not null default 0 check (failures >= 0),
    failing_since timestamptz,
    due_at        timestamptz,
    trouble       text
);

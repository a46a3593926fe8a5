-- A rollout under way: from the revision that served before. All null where there is none.
alter table apps
    add column rollout_from       integer,
    add column rollout_step       integer check (rollout_step >= 0),
    add column rollout_paused     boolean,
    add column rollout_started_at timestamptz,
    add column rollout_stepped_at timestamptz,
    add column rollout_reason     text,
    add check (num_nonnulls(rollout_from, rollout_step, rollout_paused, rollout_started_at, rollout_stepped_at, rollout_reason) in (0, 6)),
    add foreign key (id, rollout_from) references revisions (app_id, number);

-- The revision that containers are made by: a return to an earlier one gets a new number and keeps its containers.
-- A controller of the version before does not name it; its own number is right for all that it writes.
alter table revisions add column template integer;
alter table instances add column template integer;
update revisions r set template = least(r.number, a.template) from apps a where a.id = r.app_id;
update instances i set template = least(i.revision, a.template) from apps a where a.id = i.app_id;

create function template_is_revision() returns trigger language plpgsql as $$
begin
    if tg_table_name = 'revisions' then
        new.template := coalesce(new.template, new.number);
    else
        new.template := coalesce(new.template, new.revision);
    end if;
    return new;
end
$$;
create trigger template before insert on revisions for each row execute function template_is_revision();
create trigger template before insert on instances for each row execute function template_is_revision();
alter table revisions alter column template set not null;
alter table instances alter column template set not null;

-- The last ten revisions of an app are kept, and any that still serves.
create function forget_old_revisions() returns void language sql as $$
    delete from revisions r using apps a
    where a.id = r.app_id and r.number <= a.revision - 10
      and r.number is distinct from a.rollout_from and r.number <> a.template
      and not exists (select from instances i where i.app_id = r.app_id and i.revision = r.number)
$$;

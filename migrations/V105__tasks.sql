-- Commands that run to their end in containers of their own. Users request and cancel tasks through
-- any controller, and only the leader changes the rest of a row. A task keeps the spec of its
-- revision until it has ended, so that it does not depend on how long revisions are kept.
--   id             random, and never used twice
--   attempt        number of the present or last attempt; each attempt has a container of its own
--   number         from instance_ids; decides the address of the attempt's container
--   container_id   recorded before the container is started, so that it is started only once
--   release        the template whose release command the task is; null for another task
--   schedule       the schedule whose time `due_at` the task is for; null for another task
--   output         the last lines of the last attempt that ended, as JSON
create table tasks (
    id                 bigint      primary key check (id >= 0),
    app_id             bigint      not null references apps,
    revision           integer     not null,
    template           integer     not null,
    spec               jsonb,
    cpu_millis         integer     not null,
    memory_bytes       bigint      not null,
    command            text[]      not null check (cardinality(command) >= 1),
    time_limit_seconds integer     not null check (time_limit_seconds >= 1),
    retries            integer     not null check (retries >= 0),
    actor              text        not null,
    release            integer,
    schedule           text,
    due_at             timestamptz,
    created_at         timestamptz not null,
    state              text        not null
                       check (state in ('PENDING', 'STARTING', 'RUNNING', 'STOPPING', 'SUCCEEDED', 'FAILED', 'CANCELLED', 'UNKNOWN')),
    attempt            integer     not null check (attempt >= 1),
    number             bigint      not null,
    container_id       text,
    state_since        timestamptz not null,
    started_at         timestamptz,
    retry_at           timestamptz,
    cancelled_by       text,
    exit_code          integer,
    reason             text        not null,
    output             text,
    check (state not in ('RUNNING', 'STOPPING') or (container_id is not null and started_at is not null)),
    check (state in ('SUCCEEDED', 'FAILED', 'CANCELLED', 'UNKNOWN') or spec is not null)
);
create index on tasks (app_id, created_at desc);
create index tasks_unfinished on tasks (created_at) where state in ('PENDING', 'STARTING', 'RUNNING', 'STOPPING');

-- An app never has two release commands at a time.
create unique index tasks_release on tasks (app_id)
    where release is not null and state in ('PENDING', 'STARTING', 'RUNNING', 'STOPPING');

-- A time of a schedule never has two tasks.
create unique index tasks_due on tasks (app_id, schedule, due_at);

-- The schedules of the apps' present revisions. Times until `handled_until` were started or skipped, or
-- passed before the schedule was added, changed or resumed.
create table schedules (
    app_id        bigint      not null references apps on delete cascade,
    name          text        not null,
    cron          text        not null,
    time_zone     text        not null,
    handled_until timestamptz not null,
    suspended_by  text,
    primary key (app_id, name)
);

-- The release command of a template. No instance of the template starts before it has succeeded. The
-- row is written with the revision, and a template without a row has no release command.
create table releases (
    app_id   bigint  not null references apps on delete cascade,
    template integer not null,
    state    text    not null check (state in ('PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED')),
    task_id  bigint,
    reason   text    not null,
    primary key (app_id, template)
);

-- Deletes tasks that ended more than 30 days ago, and of each schedule all ended tasks but the last
-- 20. The tasks of an app that belong to no schedule count as those of one.
-- Deletes the releases of templates that no revision has any more. The leader calls it once an hour.
create function forget_old_tasks() returns void language sql as $$
    delete from tasks where id in (
        select id from (
            select id, state_since, row_number() over (partition by app_id, schedule order by created_at desc, id) as newest
            from tasks where state in ('SUCCEEDED', 'FAILED', 'CANCELLED', 'UNKNOWN')) as ended
        where newest > 20 or state_since < now() - interval '30 days');
    delete from releases l
    where not exists (select from revisions r where r.app_id = l.app_id and r.template = l.template)
$$;

-- The truth of AutoServe. Whatever the leader writes is fenced by the row in `leader`; whatever anybody writes comes with
-- an event in the same transaction.

-- One row: who leads, under which term. Epochs only grow; the id tells two reigns of one epoch apart.
create table leader (
    singleton boolean     primary key default true check (singleton),
    epoch     bigint      not null check (epoch >= 0),
    id        uuid        not null,
    name      text        not null,
    address   text        not null,
    since     timestamptz not null
);
insert into leader (epoch, id, name, address, since)
values (0, '00000000-0000-0000-0000-000000000000', '', '', now());

create table members (
    name       text        primary key,
    address    text        not null,
    version    text        not null,
    role       text        not null check (role in ('LEADER', 'FOLLOWER')),
    view_seq   bigint      not null,
    started_at timestamptz not null,
    last_seen  timestamptz not null
);

-- What users want.
create table apps (
    id         bigint      generated always as identity primary key,
    name       text        not null unique check (name ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
    revision   integer     not null check (revision >= 1),
    template   integer     not null check (template between 1 and revision),
    intent     text        not null check (intent in ('RUN', 'STOP', 'DELETE')),
    replicas   integer     not null check (replicas between 0 and 1000),
    restart    integer     not null default 0 check (restart >= 0),
    created_at timestamptz not null,
    updated_at timestamptz not null
);

-- Never changed once written. `raw` is the text as the user wrote it, `spec` as it was understood.
create table revisions (
    app_id     bigint      not null references apps on delete cascade,
    number     integer     not null check (number >= 1),
    spec       jsonb       not null,
    raw        text        not null,
    actor      text        not null,
    created_at timestamptz not null,
    primary key (app_id, number)
);
alter table apps
    add foreign key (id, revision) references revisions (app_id, number) deferrable initially deferred;

-- Slots and their occupants. The slot is (app, index); `id` is the occupant's and is never used twice.
create sequence occupants;
create table instances (
    app_id       bigint      not null references apps,
    index        integer     not null check (index >= 0),
    id           bigint      not null unique,
    state        text        not null
                 check (state in ('PENDING', 'STARTING', 'RUNNING', 'DRAINING', 'STOPPING', 'FAILED')),
    revision     integer     not null,
    restart      integer     not null,
    container_id text,
    address      text,
    port         integer     not null check (port between 1 and 65535),
    health       text        not null check (health in ('UNKNOWN', 'READY', 'NOT_READY')),
    state_since  timestamptz not null,
    started_at   timestamptz,
    ready_since  timestamptz,
    restarts     integer     not null check (restarts >= 0),
    failures     integer     not null check (failures >= 0),
    retry_at     timestamptz,
    drain_until  timestamptz,
    reason       text        not null,
    primary key (app_id, index),
    foreign key (app_id, revision) references revisions (app_id, number),
    check (state not in ('RUNNING', 'DRAINING') or (container_id is not null and address is not null)),
    check (state <> 'DRAINING' or drain_until is not null),
    check ((health = 'READY') = (ready_since is not null))
);

-- What happened, in the order in which it was committed.
create table events (
    seq     bigint      generated always as identity primary key,
    at      timestamptz not null,
    epoch   bigint      not null,
    actor   text        not null,
    app     text,
    type    text        not null,
    reason  text        not null,
    payload jsonb       not null
);
create index on events (app, seq);
create index on events (type, seq);
create index on events using brin (at);

-- The lock makes the order of seq the order of commits: without it a reader that has seen seq 8 would never look for a 7
-- that commits later. Call it last in a transaction; the lock is held until the commit.
create function append_event(epoch bigint, actor text, app text, type text, reason text, payload jsonb)
returns bigint language plpgsql as $$
declare
    number bigint;
begin
    perform pg_advisory_xact_lock(hashtext('autoserve.events'));
    insert into events (at, epoch, actor, app, type, reason, payload)
    values (clock_timestamp(), epoch, actor, app, type, reason, payload)
    returning seq into number;
    perform pg_notify('autoserve_events', number::text);
    return number;
end;
$$;

-- Readings of load, per occupant; `app_id` is of the app, not of its name, so a namesake never inherits them.
create table samples (
    app_id       bigint           not null references apps on delete cascade,
    instance_id  bigint           not null,
    at           timestamptz      not null,
    span_seconds integer          not null check (span_seconds > 0),
    requests     bigint           not null check (requests >= 0),
    errors       bigint           not null check (errors >= 0),
    in_flight    integer          not null check (in_flight >= 0),
    p50_ms       double precision,
    p95_ms       double precision,
    p99_ms       double precision,
    cpu_percent  double precision,
    memory_bytes bigint,
    primary key (app_id, instance_id, span_seconds, at)
);
create index on samples using brin (at);

-- Events are kept for 30 days and at least the last 100,000; samples for 7 days. Called by the leader once an hour.
create function forget_the_past() returns void language sql as $$
    delete from events
    where at < now() - interval '30 days' and seq < (select coalesce(max(seq), 0) - 100000 from events);
    delete from samples
    where at < now() - case when span_seconds <= 10 then interval '1 hour' else interval '7 days' end;
$$;

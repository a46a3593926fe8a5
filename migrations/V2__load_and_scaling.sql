-- What a sample needs so that samples can be added up: percentiles cannot, histograms can.
-- `latency` is pairs of bucket and requests; `classes` requests by status class, 1xx first.
alter table samples
    add column revision       integer   not null default 1 check (revision >= 1),
    add column classes        bigint[]  not null default '{0,0,0,0,0}' check (cardinality(classes) = 5),
    add column latency        integer[] not null default '{}' check (cardinality(latency) % 2 = 0),
    add column memory_percent double precision,
    alter column in_flight type double precision,
    drop column p50_ms, -- no version has written any
    drop column p95_ms,
    drop column p99_ms;

-- What the autoscaler must know again after the leader changed. By the app's id: a namesake of a deleted app begins anew.
create table scalers (
    app_id        bigint      primary key references apps on delete cascade,
    held_until    timestamptz,
    scaled_out_at timestamptz,
    scaled_in_at  timestamptz,
    panic_until   timestamptz,
    watched_since timestamptz,
    decided_at    timestamptz,
    decision      jsonb
);

-- The most that was wanted in the ten seconds before `at`.
create table proposals (
    app_id   bigint      not null references apps on delete cascade,
    at       timestamptz not null,
    replicas integer     not null check (replicas >= 0),
    primary key (app_id, at)
);

-- Decisions that changed something, or would have without dryRun.
create table decisions (
    app_id   bigint      not null references apps on delete cascade,
    at       timestamptz not null,
    decision jsonb       not null,
    primary key (app_id, at)
);

create or replace function forget_the_past() returns void language sql as $$
    delete from events
    where at < now() - interval '30 days' and seq < (select coalesce(max(seq), 0) - 100000 from events);
    delete from samples
    where at < now() - case when span_seconds <= 10 then interval '1 hour' else interval '7 days' end;
    delete from proposals where at < now() - interval '1 day' - interval '1 minute';
    delete from decisions where at < now() - interval '30 days';
$$;

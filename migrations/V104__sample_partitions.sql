-- Old samples of load are dropped a partition at a time, and no longer deleted row by row.

-- The load of each instance. A fine sample has a span of up to 10 seconds. Fine samples have a
-- partition for each hour, and longer (coarse) samples have one for each day, both in UTC. The table
-- has no foreign key, because each new partition would then lock the apps. The samples of a deleted
-- app stay until their partition is dropped. No new app gets them, because ids are never used twice.
create table new_samples (
    app_id         bigint           not null,
    instance_id    bigint           not null,
    revision       integer          not null check (revision >= 1),
    at             timestamptz      not null,
    span_seconds   integer          not null check (span_seconds > 0),
    requests       bigint           not null check (requests >= 0),
    errors         bigint           not null check (errors >= 0),
    in_flight      double precision not null check (in_flight >= 0),
    classes        bigint[]         not null check (cardinality(classes) = 5),
    latency        integer[]        not null check (cardinality(latency) % 2 = 0),
    cpu_percent    double precision,
    memory_bytes   bigint,
    memory_percent double precision,
    constraint samples_key primary key (app_id, at, instance_id, span_seconds)
) partition by range (span_seconds);
create index samples_at on new_samples (at);
create table fine_samples partition of new_samples
    for values from (minvalue) to (11) partition by range (at);
create table coarse_samples partition of new_samples
    for values from (11) to (maxvalue) partition by range (at);

-- Creates the partitions of one table that are missing for samples between `first` and `last`. Each
-- partition is named after the hour in which it starts, such as fine_samples_2026013112. Creating it
-- apart from its table and attaching it then locks out neither readers nor writers.
create function make_sample_partitions(parent text, span interval, first timestamptz, last timestamptz)
returns void language plpgsql as $$
declare
    start timestamptz;
    part text;
begin
    for start in select generate_series(first, last, span) loop
        part := parent || to_char(start at time zone 'UTC', '_YYYYMMDDHH24');
        if to_regclass(part) is null then
            perform pg_advisory_xact_lock(hashtext('autoserve.samples'));
        end if;
        if to_regclass(part) is null then -- still, after a wait for another session that creates it
            execute format('create table %I (like %I including all)', part, parent);
            execute format('alter table %I attach partition %I for values from (%L) to (%L)',
                           parent, part, start, start + span);
        end if;
    end loop;
end;
$$;

-- Creates the partitions that are missing for samples between `first` and `last`. The leader calls
-- it before it writes samples.
create function make_sample_partitions(first timestamptz, last timestamptz) returns void language plpgsql as $$
begin
    perform make_sample_partitions('fine_samples', interval '1 hour', date_trunc('hour', first, 'UTC'), last);
    perform make_sample_partitions('coarse_samples', interval '24 hours', date_trunc('day', first, 'UTC'), last);
end;
$$;

-- Drops the partitions whose fine samples are all older than an hour, or whose coarse samples are all
-- older than 7 days. Returns how many were dropped. A reader of samples, such as a backup, can hold
-- up a drop, and all other readers and writers would then wait behind the drop. Therefore the drop
-- gives up after 200 ms, and the next call repeats it.
create function forget_samples() returns bigint language plpgsql set lock_timeout = '200ms' as $$
declare
    part text;
    dropped bigint := 0;
begin
    for part in
        select c.relname::text from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where (i.inhparent = 'fine_samples'::regclass
               and c.relname::text <= to_char((now() - interval '2 hours') at time zone 'UTC', '"fine_samples_"YYYYMMDDHH24'))
           or (i.inhparent = 'coarse_samples'::regclass
               and c.relname::text <= to_char((now() - interval '8 days') at time zone 'UTC', '"coarse_samples_"YYYYMMDDHH24'))
        order by 1 limit 50
    loop
        begin
            execute format('drop table %I', part);
        exception when lock_not_available then
            return dropped;
        end;
        dropped := dropped + 1;
    end loop;
    return dropped;
end;
$$;

-- Deletes old rows: events after 30 days (but never the last 100,000), proposals after a day and
-- decisions after 30 days. Rows of the audit are kept for 90 days, but of refusals only the last
-- 200,000, and the last 20,000 of each actor. An index has the refusals in the order in which they
-- are numbered. Drops old samples, see forget_samples, which comes last because it keeps its locks
-- until the commit. Creates partitions ahead, because a controller of the earlier version writes
-- samples without creating any.
-- Deletes at most `most` rows of each table. Returns the number of deleted rows and dropped
-- partitions. Once an hour, the leader repeats the call until nothing is left to delete.
create or replace function forget_the_past(most integer) returns bigint language plpgsql as $$
declare
    forgotten bigint;
begin
    with old_events as (
        delete from events where seq = any (array(
            select seq from events
            where at < now() - interval '30 days' and seq < (select coalesce(max(seq), 0) - 100000 from events)
            order by seq limit most))
        returning 1
    ), old_proposals as (
        delete from proposals where ctid = any (array(
            select ctid from proposals where at < now() - interval '1 day' - interval '1 minute' limit most))
        returning 1
    ), old_decisions as (
        delete from decisions where ctid = any (array(
            select ctid from decisions where at < now() - interval '30 days' limit most))
        returning 1
    ), old_audit as (
        delete from audit where id = any (array(
            (select id from audit where at < now() - interval '90 days' limit most)
            union
            (select id from audit where outcome = 'REFUSED' and id <= (
                select id from audit where outcome = 'REFUSED' order by id desc offset 200000 limit 1)
             limit most)
            union
            (select id from (select id, row_number() over (partition by actor order by id desc) as newest
                             from audit where outcome = 'REFUSED') as refusals
             where newest > 20000 limit most)
            limit most))
        returning 1
    )
    select (select count(*) from old_events) + (select count(*) from old_proposals)
        + (select count(*) from old_decisions) + (select count(*) from old_audit)
    into forgotten;
    perform make_sample_partitions(now(), now() + interval '6 hours');
    return forgotten + forget_samples();
end;
$$;

-- Copies the samples that ended between `oldest` and `newest` before now, except old ones.
create function copy_samples(oldest interval, newest interval) returns void language sql as $$
    insert into new_samples
        select app_id, instance_id, revision, at, span_seconds, requests, errors, in_flight, classes, latency,
               cpu_percent, memory_bytes, memory_percent
        from samples
        where at >= now() - oldest and at < now() - newest
          and (span_seconds > 10 or at >= now() - interval '1 hour')
        on conflict do nothing
$$;

-- Copies one day after the other, because a statement that takes five minutes would be given up. The
-- controllers write more samples meanwhile, so the last ones are copied again under a lock.
select make_sample_partitions(now() - interval '1 hour', now() + interval '6 hours');
select make_sample_partitions('coarse_samples', interval '24 hours', date_trunc('day', now() - interval '7 days', 'UTC'), now());
select copy_samples('7 days', '6 days');
select copy_samples('6 days', '5 days');
select copy_samples('5 days', '4 days');
select copy_samples('4 days', '3 days');
select copy_samples('3 days', '2 days');
select copy_samples('2 days', '1 day');
select copy_samples('1 day', '-6 hours');
lock table samples in access exclusive mode;
select copy_samples('10 minutes', '-6 hours');
drop function copy_samples(interval, interval);
drop table samples;
alter table new_samples rename to samples;

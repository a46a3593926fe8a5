-- Undo returns to a revision that served, and no app deletes the history of others.

-- `served` is true once the rollout of the revision completed or, without a rollout, once an instance
-- of its template was ready. A revision that ends a rollout because it repeats the one before does
-- not count as served, because the repeated one does already. Controllers of the earlier version do
-- not write this column.
alter table revisions add served boolean not null default true;
update revisions r set served = false from apps a
    where a.id = r.app_id and a.revision = r.number and a.rollout_from is not null;

-- Returns whether a revision is old: it is not among the last ten of its app, and not among the
-- last ten that served. Failed revisions and rollbacks therefore never displace one that served.
create function is_old(revision revisions, newest integer) returns boolean language sql stable as $$
    select revision.number <= newest - 10
        and (not revision.served
             or (select count(*) from revisions r
                 where r.app_id = revision.app_id and r.number > revision.number and r.served) >= 10)
$$;

-- Deletes old revisions. Keeps the revisions of instances, the template of each app, and the
-- revision from which the current rollout began. Deletes the recorded images of templates that no
-- revision has any more.
create or replace function forget_old_revisions() returns void language sql as $$
    delete from revisions r using apps a
    where a.id = r.app_id and is_old(r, a.revision)
      and r.number is distinct from a.rollout_from and r.number <> a.template
      and not exists (select from instances i where i.app_id = r.app_id and i.revision = r.number);
    delete from template_images t
    where not exists (select from revisions r where r.app_id = t.app_id and r.template = t.template)
$$;

-- Deletes old revisions of one app, which is about to get revision `next` with template `tmpl`. An
-- app that often changes therefore never has many more than twenty revisions.
create or replace function forget_old_revisions(app bigint, next integer, tmpl integer) returns void language sql as $$
    delete from revisions r using apps a
    where a.id = app and r.app_id = app and is_old(r, next)
      and r.number is distinct from a.rollout_from and r.number not in (a.template, tmpl)
      and not exists (select from instances i where i.app_id = app and i.revision = r.number)
$$;

-- `written` is now the size in bytes of the event and of all events of the same app before it,
-- including deleted ones. All events without an app count as those of one app.
update events e set written = sums.written
    from (select seq, sum(100 + pg_column_size(payload) + pg_column_size(reason)) over (partition by app order by seq) as written
          from events) as sums
    where sums.seq = e.seq;

-- Appends an event and notifies the controllers. If an operator caused the event, also records who
-- did so and from which address. The lock makes events commit in the order of seq. Without the lock,
-- a reader that has seen seq 8 would never read a seq 7 that commits later. The lock is held until
-- the commit, so the call must be the last statement of the transaction.
create or replace function append_event(epoch bigint, actor text, app text, type text, reason text, payload jsonb, address text default null)
returns bigint language plpgsql as $$
declare
    number bigint;
begin
    perform pg_advisory_xact_lock(hashtext('autoserve.events'));
    insert into events (at, epoch, actor, app, type, reason, payload, written)
    values (clock_timestamp(), epoch, actor, app, type, reason, payload,
            coalesce(
                case when append_event.app is null
                     then (select e.written from events e where e.app is null order by e.seq desc limit 1)
                     else (select e.written from events e where e.app = append_event.app order by e.seq desc limit 1)
                end, 0)
                + 100 + pg_column_size(payload) + pg_column_size(reason))
    returning seq into number;
    if epoch = 0 then
        insert into audit (at, actor, address, action, app, outcome, reason, times, written)
        values (clock_timestamp(), actor, address, type, app, 'ALLOWED', reason, 1,
                coalesce((select a.written from audit a order by a.id desc limit 1), 0)
                    + 200 + pg_column_size(reason));
    end if;
    perform pg_notify('autoserve_events', number::text);
    return number;
end;
$$;

-- The size of the kept events of each app in bytes, and the `written` of its newest event. Reads two
-- events of each app.
create view event_sizes as
    with recursive names as (
        (select app from events where app is not null order by app limit 1)
        union all
        select (select e.app from events e where e.app > n.app order by e.app limit 1) from names n where n.app is not null
    ), ends as (
        select n.app,
               (select e.written from events e where e.app = n.app order by e.seq limit 1) as oldest,
               (select e.written from events e where e.app = n.app order by e.seq desc limit 1) as newest
        from names n where n.app is not null
        union all
        select null,
               (select e.written from events e where e.app is null order by e.seq limit 1),
               (select e.written from events e where e.app is null order by e.seq desc limit 1)
    )
    select app, newest, newest - oldest as bytes from ends where newest is not null;

-- The revisions, each with the size in bytes of itself and all newer revisions of its app.
create view revision_sizes as
    select app_id, number, created_at,
           sum(100 + pg_column_size(spec) + pg_column_size(raw)) over (partition by app_id order by number desc) as bytes
    from revisions;

-- Returns how many bytes each of several apps may keep, so that they keep at most `most_bytes`
-- together: apps that have less keep all, and the others keep equally much. Returns null if all may
-- keep all.
create function fair_share(sizes bigint[], most_bytes bigint) returns bigint language sql immutable as $$
    select max(floor((most_bytes - before) / shares))::bigint
    from (
        select bytes,
               coalesce(sum(bytes) over (order by bytes, number rows between unbounded preceding and 1 preceding), 0) as before,
               count(*) over () - row_number() over (order by bytes, number) + 1 as shares
        from unnest(sizes) with ordinality as size(bytes, number)) as filled
    where before + bytes * shares > most_bytes
$$;

-- The sizes of the kept events, of the kept revisions and of the permitted acts in the audit, in
-- bytes.
create or replace view history as
    select coalesce((select sum(bytes) from event_sizes), 0)::bigint as events,
           coalesce((select sum(100 + pg_column_size(spec) + pg_column_size(raw)) from revisions), 0)::bigint as revisions,
           coalesce((select written from audit order by id desc limit 1)
               - (select written from audit where outcome = 'ALLOWED' order by id limit 1), 0) as audit;

-- Deletes the oldest events, the oldest revisions and the oldest permitted acts in the audit, while
-- the events, the revisions or the acts have more than `most_bytes`. Of the events and the
-- revisions, the apps that have the most lose theirs, see fair_share. Never deletes the last 10,000
-- events, because views may not have seen them, nor a revision that is in use. Deletes at most
-- `most` rows of each table, and returns the number of deleted rows. The leader calls it once a
-- minute until nothing is left to delete.
create or replace function forget_by_size(most integer, most_bytes bigint) returns bigint language sql as $$
    with event_share as (
        select fair_share(array_agg(bytes), most_bytes) as bytes from event_sizes
    ), old_events as (
        delete from events where seq = any (array(
            select oldest.seq from event_share fair
            join event_sizes size on size.bytes > fair.bytes and size.app is not null
            cross join lateral (
                select e.seq, e.written from events e where e.app = size.app order by e.seq limit most) as oldest
            where oldest.written <= size.newest - fair.bytes
              and oldest.seq <= (select max(seq) from events) - 10000
            union all
            select oldest.seq from event_share fair
            join event_sizes size on size.bytes > fair.bytes and size.app is null
            cross join lateral (
                select e.seq, e.written from events e where e.app is null order by e.seq limit most) as oldest
            where oldest.written <= size.newest - fair.bytes
              and oldest.seq <= (select max(seq) from events) - 10000
            limit most))
        returning 1
    ), old_revisions as (
        delete from revisions where (app_id, number) in (
            select s.app_id, s.number
            from (
                select fair_share(array_agg(bytes), most_bytes) as bytes
                from (select max(bytes)::bigint as bytes from revision_sizes group by app_id) as apps
                where (select revisions > most_bytes from history)) as fair
            join revision_sizes s on s.bytes > fair.bytes
            join apps a on a.id = s.app_id
            where s.number not in (a.revision, a.template) and s.number is distinct from a.rollout_from
              and not exists (select from instances i where i.app_id = s.app_id and i.revision = s.number)
            order by s.created_at limit most)
        returning 1
    ), old_audit as (
        delete from audit where id = any (array(
            select id from (select id, written from audit where outcome = 'ALLOWED' order by id limit most) as oldest
            where written <= (select written from audit order by id desc limit 1) - most_bytes))
        returning 1
    )
    select (select count(*) from old_events) + (select count(*) from old_revisions)
        + (select count(*) from old_audit)
$$;

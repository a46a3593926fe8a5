-- All state of AutoServe. Any controller writes what users request. Only the leader writes
-- instances, the progress of rollouts and the decisions of the autoscaler. Such a transaction
-- checks the leader's term and locks the row in `leader`, so a controller whose term has ended
-- commits nothing. Every transaction that changes an app, instance, node, secret, domain or token
-- also appends an event.

-- A single row with the present leader and its term. Epochs only grow. Only if a failover of the
-- database loses the latest term can two terms have the same epoch. The id distinguishes them.
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

-- The controllers. Each announces itself here once a second.
--   view_lag       number of events that the controller's view had not seen yet
--   view_digest    digest of the controller's view, which must match the tables
--   progress       what slots wait for, as [[app, index, text], …]; only the leader writes it
create table members (
    name          text        primary key,
    address       text        not null,
    version       text        not null,
    leads         boolean     not null,
    view_seq      bigint      not null,
    view_lag      bigint,
    view_timeline bigint,
    view_digest   text,
    progress      jsonb,
    started_at    timestamptz not null,
    last_seen     timestamptz not null
);

-- Machines that an operator has drained or uncordoned. A machine without a row gets instances.
create table nodes (
    name    text        primary key,
    drained boolean     not null,
    since   timestamptz not null,
    actor   text        not null
);

-- What users desire. The rollout columns are null while no rollout is under way. `template` is the
-- revision that the containers are created from. After a rollback it is lower than `revision`, so
-- containers that were already created from it are kept.
create table apps (
    id                 bigint      generated always as identity primary key,
    name               text        not null unique check (name ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
    revision           integer     not null check (revision >= 1),
    template           integer     not null check (template between 1 and revision),
    intent             text        not null check (intent in ('RUN', 'STOP', 'DELETE')),
    replicas           integer     not null check (replicas between 0 and 1000),
    restart            integer     not null default 0 check (restart >= 0),
    reach              integer     not null check (reach >= 0), -- most instances that the app can have at once
    rollout_from       integer,
    rollout_step       integer     check (rollout_step >= 0),
    rollout_paused     boolean,
    rollout_started_at timestamptz,
    rollout_stepped_at timestamptz,
    rollout_reason     text,
    created_at         timestamptz not null,
    updated_at         timestamptz not null,
    check (num_nonnulls(rollout_from, rollout_step, rollout_paused, rollout_started_at, rollout_stepped_at, rollout_reason) in (0, 6))
);

-- Revisions never change. `raw` is the spec as the user wrote it. `spec` has every default filled
-- in. `cpu_millis` and `memory_bytes` are the limits of an instance in `spec`; 0 means no limit.
create table revisions (
    app_id     bigint      not null references apps on delete cascade,
    number     integer     not null check (number >= 1),
    template   integer     not null,
    spec       jsonb       not null,
    raw        text        not null,
    actor      text        not null,
    created_at timestamptz not null,
    cpu_millis integer     not null check (cpu_millis >= 0),
    memory_bytes bigint    not null check (memory_bytes >= 0),
    primary key (app_id, number)
);
alter table apps
    add foreign key (id, revision) references revisions (app_id, number) deferrable initially deferred,
    add foreign key (id, rollout_from) references revisions (app_id, number);

-- The hosts of apps, as routing.domains names them. An empty host stands for every host that no app
-- names. If several apps have a host, or a wildcard above it, the app with the lowest number had it
-- first and owns it.
create table hosts (
    host   text   not null,
    app_id bigint not null references apps on delete cascade,
    number bigint not null generated always as identity,
    primary key (host, app_id)
);
create index on hosts (app_id);

-- The hosts that apps hold now, with their path prefix. During a rollout, an app also holds the
-- hosts of the revision to which the rollout may return. A row of `hosts` that is not in this view
-- has no effect. The app lost the host when its spec dropped it.
create view held_hosts as
    select h.host, h.number, h.app_id, a.name as app, r.spec #>> '{spec,routing,pathPrefix}' as path_prefix
    from hosts h
    join apps a on a.id = h.app_id and a.intent <> 'DELETE'
    join revisions r on r.app_id = a.id and r.number in (a.revision, a.rollout_from)
    where case h.host when '' then (r.spec #>> '{spec,routing,default}')::boolean
                      else r.spec #> '{spec,routing,domains}' @> to_jsonb(h.host) end;

-- The image that the containers of a template are created from, which never changes. The leader
-- records it at the first start of an instance.
--   image     the name with a digest, or the id if no registry gave the image a digest
--   image_id  Docker's id of the image
create table template_images (
    app_id   bigint  not null references apps on delete cascade,
    template integer not null,
    image    text    not null,
    image_id text    not null,
    primary key (app_id, template)
);

-- Docker's ids of the images that a registry gave to an app for its credentials, and refused
-- without credentials. Every other app that uses such an image must prove its access too, although
-- the machine has the image already.
create table private_images (
    image_id text primary key
);

-- Each row is a slot, identified by (app_id, index). `id` identifies the occupant of the slot and
-- is never used twice.
create sequence instance_ids;
create table instances (
    app_id       bigint      not null references apps,
    index        integer     not null check (index >= 0),
    id           bigint      not null unique,
    state        text        not null
                 check (state in ('PENDING', 'STARTING', 'RUNNING', 'DRAINING', 'STOPPING', 'FAILED')),
    revision     integer     not null,
    template     integer     not null,
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

-- Deletes old revisions. Keeps the last ten revisions of each app, the revisions of its instances,
-- its template, and the revision from which the current rollout began. Deletes the recorded images
-- of templates that no revision has any more.
create function forget_old_revisions() returns void language sql as $$
    delete from revisions r using apps a
    where a.id = r.app_id and r.number <= a.revision - 10
      and r.number is distinct from a.rollout_from and r.number <> a.template
      and not exists (select from instances i where i.app_id = r.app_id and i.revision = r.number);
    delete from template_images t
    where not exists (select from revisions r where r.app_id = t.app_id and r.template = t.template)
$$;

-- Deletes old revisions of one app, which is about to get revision `next` with template `tmpl`. An
-- app that often changes therefore never has many more than ten revisions.
create function forget_old_revisions(app bigint, next integer, tmpl integer) returns void language sql as $$
    delete from revisions r using apps a
    where a.id = app and r.app_id = app and r.number <= next - 10
      and r.number is distinct from a.rollout_from and r.number not in (a.template, tmpl)
      and not exists (select from instances i where i.app_id = app and i.revision = r.number)
$$;

-- The events, in the order in which they were committed. An event of an app refers to the revision
-- that contains the spec. `written` is the size in bytes of this event and all events before it,
-- including deleted ones. The size of the kept events is therefore known without reading them.
create table events (
    seq     bigint      generated always as identity primary key,
    at      timestamptz not null,
    epoch   bigint      not null,
    actor   text        not null,
    app     text,
    type    text        not null,
    reason  text        not null,
    payload jsonb       not null,
    written bigint      not null
);
create index on events (app, seq);
create index on events (type, seq);
create index on events using brin (at);

-- Who did what, from where, and whether it was permitted. A row of a permitted act is written with
-- the act's event, in the same transaction. Refusals and logins change nothing else, so the
-- controllers write them in batches.
--   address        of the client, as the load balancer reports it; null if the act came from this
--                  machine, such as a new admin token
--   action         type of the event, or operation of the API that was refused
--   times          number of equal refusals that the row stands for
--   written        size in bytes of the permitted acts up to this row, including deleted ones;
--                  refusals do not count, because their number is limited
create table audit (
    id      bigint      generated always as identity primary key,
    at      timestamptz not null,
    actor   text,
    address text,
    action  text        not null,
    app     text,
    outcome text        not null check (outcome in ('ALLOWED', 'REFUSED')),
    reason  text        not null,
    times   integer     not null check (times >= 1),
    written bigint      not null
);
create index on audit (outcome, id);
create index on audit (app, id);
create index on audit (actor, id);
create index on audit (actor, id desc) where outcome = 'REFUSED';
create index on audit using brin (at);

-- Appends an event and notifies the controllers. If an operator caused the event, also records who
-- did so and from which address. The lock makes events commit in the order of seq. Without the lock,
-- a reader that has seen seq 8 would never read a seq 7 that commits later. The lock is held until
-- the commit, so the call must be the last statement of the transaction.
create function append_event(epoch bigint, actor text, app text, type text, reason text, payload jsonb, address text default null)
returns bigint language plpgsql as $$
declare
    number bigint;
begin
    perform pg_advisory_xact_lock(hashtext('autoserve.events'));
    insert into events (at, epoch, actor, app, type, reason, payload, written)
    values (clock_timestamp(), epoch, actor, app, type, reason, payload,
            coalesce((select e.written from events e order by e.seq desc limit 1), 0)
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

-- Records refusals and logins. Takes the same lock as append_event, so that the rows of the audit
-- commit in the order of their ids.
create function append_audit(entries jsonb) returns void language plpgsql as $$
begin
    perform pg_advisory_xact_lock(hashtext('autoserve.events'));
    insert into audit (at, actor, address, action, app, outcome, reason, times, written)
    select e.at, e.actor, e.address, e.action, e.app, e.outcome, e.reason, e.times,
           coalesce((select a.written from audit a order by a.id desc limit 1), 0)
               + sum(case e.outcome when 'ALLOWED' then 200 + pg_column_size(e.reason) else 0 end) over (order by e.number)
    from rows from (jsonb_to_recordset(entries) as (
        at timestamptz, actor text, address text, action text, app text, outcome text, reason text, times integer))
        with ordinality as e(at, actor, address, action, app, outcome, reason, times, number)
    order by e.number;
end;
$$;

-- The load of each instance. `latency` holds a histogram as pairs: a bucket and its number of
-- requests. The histograms of several samples can be added up, but percentiles cannot. `classes`
-- holds the number of requests by status class, 1xx first.
create table samples (
    app_id         bigint           not null references apps on delete cascade,
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
    primary key (app_id, instance_id, span_seconds, at)
);
create index on samples using brin (at);

-- What the autoscaler remembers of each app, so that the next leader continues where the last one
-- stopped.
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

-- The largest number of replicas that the autoscaler proposed in the ten seconds before `at`.
create table proposals (
    app_id   bigint      not null references apps on delete cascade,
    at       timestamptz not null,
    replicas integer     not null check (replicas >= 0),
    primary key (app_id, at)
);

-- The decisions that changed the number of replicas, or would have without dryRun.
create table decisions (
    app_id   bigint      not null references apps on delete cascade,
    at       timestamptz not null,
    decision jsonb       not null,
    primary key (app_id, at)
);

-- Deletes old rows: events after 30 days (but never the last 100,000), samples of up to 10 seconds
-- after an hour, longer samples after 7 days, proposals after a day and decisions after 30 days. Rows
-- of the audit are kept for 90 days, but of refusals only the last 200,000, and the last 20,000 of
-- each actor. An index has the refusals in the order in which they are numbered.
-- Deletes at most `most` rows of each table, and returns the number of deleted rows. Once an hour,
-- the leader repeats the call until nothing is left to delete.
create function forget_the_past(most integer) returns bigint language sql as $$
    with old_events as (
        delete from events where seq = any (array(
            select seq from events
            where at < now() - interval '30 days' and seq < (select coalesce(max(seq), 0) - 100000 from events)
            order by seq limit most))
        returning 1
    ), old_samples as (
        delete from samples where ctid = any (array(
            select ctid from samples
            where at < now() - case when span_seconds <= 10 then interval '1 hour' else interval '7 days' end
            limit most))
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
    select (select count(*) from old_events) + (select count(*) from old_samples)
        + (select count(*) from old_proposals) + (select count(*) from old_decisions)
        + (select count(*) from old_audit)
$$;

-- The sizes of the kept events, of the kept revisions and of the permitted acts in the audit, in
-- bytes.
create view history as
    select coalesce((select written from events order by seq desc limit 1)
               - (select written from events order by seq limit 1), 0) as events,
           coalesce((select sum(100 + pg_column_size(spec) + pg_column_size(raw)) from revisions), 0)::bigint as revisions,
           coalesce((select written from audit order by id desc limit 1)
               - (select written from audit where outcome = 'ALLOWED' order by id limit 1), 0) as audit;

-- Deletes the oldest events, the oldest revisions and the oldest permitted acts in the audit, while
-- the events, the revisions or the acts have more than `most_bytes`. Never deletes the last 10,000
-- events, because views may not have seen them, nor a revision that is in use. Deletes at most
-- `most` rows of each table, and returns the number of deleted rows. The leader calls it once a
-- minute until nothing is left to delete.
create function forget_by_size(most integer, most_bytes bigint) returns bigint language sql as $$
    with old_events as (
        delete from events where seq = any (array(
            select seq from (select seq, written from events order by seq limit most) as oldest
            where written <= (select written from events order by seq desc limit 1) - most_bytes
              and seq <= (select max(seq) from events) - 10000))
        returning 1
    ), old_revisions as (
        delete from revisions where (app_id, number) in (
            select s.app_id, s.number from (
                select app_id, number, created_at,
                       sum(100 + pg_column_size(spec) + pg_column_size(raw))
                           over (order by created_at desc, app_id desc, number desc) as newer
                from revisions where (select revisions > most_bytes from history)) as s
            join apps a on a.id = s.app_id
            where s.newer > most_bytes
              and s.number not in (a.revision, a.template) and s.number is distinct from a.rollout_from
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

-- The images that AutoServe pulled. AutoServe removes them when no kept revision names them any
-- more, and never removes other images.
create table images (
    name       text        not null,
    id         text        not null,
    fetched_at timestamptz not null,
    primary key (name, id)
);

-- The API's tokens, by the hash of their secret. A revoked token keeps its row, so that its id is
-- never valid again. The columns max_… are the token's quota, which all apps in its scope share.
create table tokens (
    id         text        primary key check (id ~ '^[a-z0-9]{12}$'),
    name       text        not null check (name ~ '^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$'),
    role       text        not null check (role in ('VIEWER', 'DEPLOYER', 'ADMIN')),
    apps       text[]      not null check (cardinality(apps) > 0),
    domains    text[]      not null check (cardinality(domains) > 0),
    hash       text        not null unique check (hash ~ '^[0-9a-f]{64}$'),
    created_by text        not null,
    created_at timestamptz not null,
    expires_at timestamptz,
    revoked_at timestamptz,
    max_instances integer  check (max_instances >= 0),
    max_memory_bytes bigint check (max_memory_bytes >= 0),
    max_cpu_millis integer check (max_cpu_millis >= 0),
    check (role <> 'ADMIN' or ('*' = any (apps) and '*' = any (domains))),
    check (role <> 'ADMIN' or num_nonnulls(max_instances, max_memory_bytes, max_cpu_millis) = 0)
);
create unique index tokens_name on tokens (name) where revoked_at is null;

-- Secrets of apps. A value is sealed (AES-256-GCM) with a key that the database never sees. The
-- sealed value is bound to the name, version and apps of the secret, so it cannot be opened if it
-- is copied to another row, or if the apps of its row are changed. `apps` holds patterns for the
-- names of the apps that may use the secret.
create table secrets (
    name       text        primary key check (name ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,254}$'),
    version    integer     not null check (version >= 1),
    apps       text[]      not null check (cardinality(apps) > 0),
    key_id     text        not null,
    sealed     text        not null,
    actor      text        not null,
    changed_at timestamptz not null
);

-- Hosts that are served with TLS. The private key is sealed like a secret. It is bound to the host
-- and to the version of the certificate.
create table domains (
    host       text        primary key
               check (host ~ '^(\*\.)?[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$'),
    source     text        not null check (source in ('UPLOADED', 'ACME')),
    redirect   boolean     not null,
    hsts       boolean     not null,
    version    integer     not null default 0 check (version >= 0),
    chain      text,
    key_id     text,
    sealed     text,
    not_before timestamptz,
    not_after  timestamptz,
    failures   integer     not null default 0 check (failures >= 0),
    retry_at   timestamptz,
    warned_at  timestamptz,
    trouble    text,
    actor      text        not null,
    changed_at timestamptz not null,
    check (num_nulls(chain, key_id, sealed, not_before, not_after) in (0, 5))
);

-- The installation's account at each certificate authority, by the URL of the authority's ACME
-- directory. `sealed` is the private key of the account.
create table acme_accounts (
    directory text primary key,
    key_id    text not null,
    sealed    text not null
);

-- The answers of requests with an idempotency key that are done. A row is written in the
-- transaction that does the work of the request. If the request is repeated, it does nothing and
-- gets the stored answer. `content` shows whether a later request with the same key really is the
-- same request. An answer about an app omits the app's spec, which `revisions` contains.
create table idempotent_requests (
    asker   text        not null,
    key     text        not null,
    content text        not null,
    asked   timestamptz not null,
    answer  text        not null,
    primary key (asker, key)
);

-- Stores the answer of a request. Refuses a request that is older than five minutes, which is half
-- of the time for which keys are kept. The key of an earlier attempt of a much older request may
-- already be deleted, and then the work would be done twice.
create function keep_idempotent_request(asker text, key text, content text, asked timestamptz, answer text)
returns void language plpgsql as $$
begin
    if asked < clock_timestamp() - interval '5 minutes' then
        raise exception 'asked at %', asked using errcode = 'AS001';
    end if;
    insert into idempotent_requests values (asker, key, content, least(asked, clock_timestamp()), answer);
end
$$;

create function forget_idempotent_requests() returns void language sql as $$
    delete from idempotent_requests where asked < now() - interval '10 minutes';
$$;

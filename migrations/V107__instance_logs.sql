-- What the last container that failed in a slot of an app wrote. A slot keeps only one log, so that
-- crash loops do not fill the database.
--   output    the newest lines, as JSON
create table instance_logs (
    app_id    bigint      not null references apps on delete cascade,
    index     integer     not null,
    ended_at  timestamptz not null,
    output    text        not null,
    primary key (app_id, index)
);

-- Deletes logs of instances that failed more than 30 days ago. The leader calls it once an hour.
create function forget_old_instance_logs() returns void language sql as $$
    delete from instance_logs where ended_at < now() - interval '30 days'
$$;

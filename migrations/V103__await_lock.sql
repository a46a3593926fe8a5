-- A candidate waits for the leader's lock in the database, and no longer asks for it again and again.

-- Waits until this session holds the advisory lock `key`, but at most `patience` milliseconds. Returns
-- true once the session holds the lock, and false if the patience ended first. Returns null on a
-- standby, because a standby would grant the lock as well. The patience must be shorter than
-- statement_timeout. It must also be short because the snapshot of a waiting session keeps vacuum from
-- removing rows that died after it.
--
-- The error that ends the wait is caught here, so PostgreSQL does not log it. PostgreSQL may grant the
-- lock in the same moment in which the patience ends. A lock of the session then survives the error,
-- so pg_locks decides.
create function autoserve_await_lock(key bigint, patience integer) returns boolean language plpgsql as $$
begin
    if pg_is_in_recovery() then
        return null;
    end if;
    perform set_config('lock_timeout', patience::text, true);
    perform pg_advisory_lock(key);
    return true;
exception when lock_not_available then
    return exists (
        select from pg_locks
        where pid = pg_backend_pid() and locktype = 'advisory' and granted and objsubid = 1
          and (classid::bigint << 32 | objid::bigint) = key);
end;
$$;

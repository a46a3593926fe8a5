-- What apps are handed but nobody may read. A value is sealed by a key that the database never sees (AES-256-GCM) and bound
-- to its name and version, so that a row copied over another does not open.
create table secrets (
    name       text        primary key check (name ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,254}$'),
    version    integer     not null check (version >= 1),
    key_id     text        not null,
    sealed     text        not null,
    actor      text        not null,
    changed_at timestamptz not null
);

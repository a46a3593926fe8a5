-- Who may do what. Of a secret only its hash is kept. Revoked ones stay, so that none of them can be brought back.
create table tokens (
    id         text        primary key check (id ~ '^[a-z0-9]{12}$'),
    name       text        not null check (name ~ '^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$'),
    role       text        not null check (role in ('VIEWER', 'DEPLOYER', 'ADMIN')),
    apps       text[]      not null check (cardinality(apps) > 0),
    hash       text        not null unique check (hash ~ '^[0-9a-f]{64}$'),
    created_by text        not null,
    created_at timestamptz not null,
    expires_at timestamptz,
    revoked_at timestamptz,
    check (role <> 'ADMIN' or '*' = any (apps))
);
create unique index tokens_name on tokens (name) where revoked_at is null;

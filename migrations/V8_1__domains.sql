-- Hosts that are served with TLS. The private key is sealed as secrets are, bound to the host and the certificate's version.
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

-- Our account at each certificate authority, by the address of its directory: the key alone is the account.
create table acme_accounts (
    directory text primary key,
    key_id    text not null,
    sealed    text not null
);

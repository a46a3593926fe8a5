-- Images that we fetched and that were not there before: these, and no others, are removed when no kept revision names them.
create table images (
    name       text        not null,
    id         text        not null,
    fetched_at timestamptz not null,
    primary key (name, id)
);

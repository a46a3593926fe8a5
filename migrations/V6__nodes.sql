-- What operators said of the machines that run instances; of one that is not here nothing was said, and it takes them.
create table nodes (
    name    text        primary key,
    drained boolean     not null,
    since   timestamptz not null,
    actor   text        not null
);

-- What a controller's view adds up to, so that views can be compared; null of a controller of the version before.
alter table members
    add column view_timeline bigint,
    add column view_digest   text;

-- How many events a controller's view lacked when it announced itself; null of a controller of the version before.
alter table members add column view_lag bigint;

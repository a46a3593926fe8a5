-- An instance of a worker gets no requests and has no port, which is stored as 0.

alter table instances drop constraint instances_port_check;
alter table instances add constraint instances_port_check check (port between 0 and 65535);

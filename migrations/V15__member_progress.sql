-- What slots wait for just now, as the leader says with its heartbeat: [[app, index, text], …]; null where nothing waits.
alter table members add column progress jsonb;

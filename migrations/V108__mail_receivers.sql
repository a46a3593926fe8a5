-- Receivers may get e-mail.
alter table receivers drop constraint receivers_kind_check;
alter table receivers add constraint receivers_kind_check check (kind in ('WEBHOOK', 'SLACK', 'EMAIL'));

alter table matters add column supervision_ended_at integer;
alter table matter_versions add column supervision_ended_at integer;

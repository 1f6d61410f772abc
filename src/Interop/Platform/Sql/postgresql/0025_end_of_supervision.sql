alter table matters.matters add column supervision_ended_at timestamptz;
alter table matters.matter_versions add column supervision_ended_at timestamptz;

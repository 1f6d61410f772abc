alter table emergency_accesses add column by_id integer not null default 1;

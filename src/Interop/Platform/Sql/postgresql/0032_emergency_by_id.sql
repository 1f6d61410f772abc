alter table consent.emergency_accesses add column by_id boolean not null default true;

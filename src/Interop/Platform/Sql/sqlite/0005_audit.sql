create table audit_entries (
    id text primary key,
    at integer not null,
    organisation text not null,
    client text not null,
    actor text,
    action text not null,
    operation text not null,
    outcome text not null,
    person text,
    resource_type text,
    resource_id text,
    ground text,
    discloser text,
    canonical text not null,
    salt blob not null check (length(salt) >= 16)
);
create index audit_entries_person on audit_entries (person, at) where person is not null;
create index audit_entries_organisation on audit_entries (organisation, at);
create index audit_entries_at on audit_entries (at);
create index audit_entries_resource on audit_entries (resource_id) where resource_id is not null;

create table audit_sequence (
    "index" integer primary key,
    entry_id text not null unique
);

create table audit_queue (
    entry_id text primary key
);

-- Entries are only ever inserted.
create trigger audit_entries_no_update before update on audit_entries begin
    select raise(abort, 'The audit log is only ever appended to.');
end;
create trigger audit_entries_no_delete before delete on audit_entries begin
    select raise(abort, 'The audit log is only ever appended to.');
end;
create trigger audit_sequence_no_update before update on audit_sequence begin
    select raise(abort, 'The audit log is only ever appended to.');
end;
create trigger audit_sequence_no_delete before delete on audit_sequence begin
    select raise(abort, 'The audit log is only ever appended to.');
end;
-- REPLACE deletes without a trigger.
create trigger audit_entries_no_replace before insert on audit_entries when exists (select 1 from audit_entries where id = new.id) begin
    select raise(abort, 'The audit log is only ever appended to.');
end;
create trigger audit_sequence_no_replace before insert on audit_sequence
when exists (select 1 from audit_sequence where "index" = new."index" or entry_id = new.entry_id) begin
    select raise(abort, 'The audit log is only ever appended to.');
end;

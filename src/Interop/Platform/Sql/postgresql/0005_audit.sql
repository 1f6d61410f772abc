create table audit.audit_entries (
    id uuid primary key,
    at timestamptz not null,
    organisation text not null,
    client text not null,
    actor text,
    action text not null,
    operation text not null,
    outcome text not null,
    person uuid,
    resource_type text,
    resource_id text,
    ground text,
    discloser text,
    canonical text not null,
    salt bytea not null check (length(salt) >= 16)
);
create index audit_entries_person on audit.audit_entries (person, at) where person is not null;
create index audit_entries_organisation on audit.audit_entries (organisation, at);
create index audit_entries_at on audit.audit_entries (at);
create index audit_entries_resource on audit.audit_entries (resource_id) where resource_id is not null;

create table audit.audit_sequence (
    "index" bigint primary key,
    entry_id uuid not null unique
);

create table audit.audit_queue (
    entry_id uuid primary key
);

-- Entries are only ever inserted. The application's role lacks the right as well; this refuses every role.
create function audit.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'The audit log is only ever appended to.' using errcode = '42501';
end $$;
create trigger audit_entries_append_only before update or delete or truncate on audit.audit_entries
    for each statement execute function audit.refuse_change();
create trigger audit_sequence_append_only before update or delete or truncate on audit.audit_sequence
    for each statement execute function audit.refuse_change();

-- What an entry rests on, so that all that was told under a consent is found. Only ever inserted, with the entry.
create table audit.audit_consents (
    consent_id uuid not null,
    at timestamptz not null,
    entry_id uuid not null,
    version integer not null,
    primary key (consent_id, at, entry_id)
);
insert into audit.audit_consents (consent_id, at, entry_id, version)
select distinct on (c.id, e.at, e.id) c.id, e.at, e.id, c.version
from audit.audit_entries e, jsonb_to_recordset(e.canonical::jsonb -> 'consents') as c (id uuid, version integer)
where e.ground = 'consent'
order by c.id, e.at, e.id, c.version;
create trigger audit_consents_append_only before update or delete or truncate on audit.audit_consents
    for each statement execute function audit.refuse_change();

-- Each leads a search, newest first.
create index audit_entries_actor on audit.audit_entries (actor, at) where actor is not null;
create index audit_entries_client on audit.audit_entries (client, at);
create index audit_entries_outcome on audit.audit_entries (outcome, at) where outcome <> 'permitted';

-- An entry's number is read from the index alone.
alter table audit.audit_sequence drop constraint audit_sequence_entry_id_key;
create unique index audit_sequence_entry on audit.audit_sequence (entry_id) include ("index");

create table platform.audit_queries (
    id uuid primary key,
    organisation text not null,
    name text not null,
    filters text not null,
    created_by text not null,
    created_at timestamptz not null,
    unique (organisation, name)
);

-- Derived from the log, to be made again at will.
create table platform.audit_days (
    day date not null,
    client text not null,
    busiest integer not null,
    primary key (day, client)
);

alter table directory.organisations add column office_hours text;

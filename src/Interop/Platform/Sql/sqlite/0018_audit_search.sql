-- What an entry rests on, so that all that was told under a consent is found. Only ever inserted, with the entry.
create table audit_consents (
    consent_id text not null,
    at integer not null,
    entry_id text not null,
    version integer not null,
    primary key (consent_id, at, entry_id)
) without rowid;
insert or ignore into audit_consents (consent_id, at, entry_id, version)
select upper(c.value ->> 'id'), e.at, e.id, c.value ->> 'version'
from audit_entries e, json_each(e.canonical -> 'consents') c
where e.ground = 'consent';
create trigger audit_consents_no_update before update on audit_consents begin
    select raise(abort, 'The audit log is only ever appended to.');
end;
create trigger audit_consents_no_delete before delete on audit_consents begin
    select raise(abort, 'The audit log is only ever appended to.');
end;
create trigger audit_consents_no_replace before insert on audit_consents
when exists (select 1 from audit_consents where consent_id = new.consent_id and at = new.at and entry_id = new.entry_id) begin
    select raise(abort, 'The audit log is only ever appended to.');
end;

-- Each leads a search, newest first.
create index audit_entries_actor on audit_entries (actor, at) where actor is not null;
create index audit_entries_client on audit_entries (client, at);
create index audit_entries_outcome on audit_entries (outcome, at) where outcome <> 'permitted';

create table audit_queries (
    id text primary key,
    organisation text not null,
    name text not null,
    filters text not null,
    created_by text not null,
    created_at integer not null,
    unique (organisation, name)
);

-- Derived from the log, to be made again at will.
create table audit_days (
    day text not null,
    client text not null,
    busiest integer not null,
    primary key (day, client)
);

alter table organisations add column office_hours text;

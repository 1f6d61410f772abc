create table consents (
    id text primary key,
    version integer not null,
    person_id text not null,
    kind text not null,
    matter_id text,
    discloser text not null,
    recipients text not null,
    purposes text not null,
    categories text not null,
    "from" integer not null,
    until integer,
    until_event text,
    revocable text,
    signature text not null,
    language text not null,
    captured_by text not null,
    created_at integer not null,
    begun_at integer,
    ended_at integer,
    ended_by text,
    revocation_reason text,
    check (until is not null or until_event is not null),
    check (until is null or until > "from"),
    check (kind <> 'justice-monitoring' or matter_id is not null),
    check ((ended_at is null) = (ended_by is null))
);
create index consents_person on consents (person_id);
create index consents_matter on consents (matter_id);
create index consents_to_begin on consents ("from") where begun_at is null;
create index consents_to_expire on consents (until) where ended_at is null;

create table consent_versions (
    consent_id text not null references consents (id) deferrable initially deferred,
    version integer not null,
    recorded_at integer not null,
    snapshot text not null,
    primary key (consent_id, version)
);

create table consent.consents (
    id uuid primary key,
    version integer not null,
    person_id uuid not null,
    kind text not null,
    matter_id uuid,
    discloser text not null,
    recipients text not null,
    purposes text not null,
    categories text not null,
    "from" timestamptz not null,
    until timestamptz,
    until_event text,
    revocable text,
    signature text not null,
    language text not null,
    captured_by text not null,
    created_at timestamptz not null,
    begun_at timestamptz,
    ended_at timestamptz,
    ended_by text,
    revocation_reason text,
    check (until is not null or until_event is not null),
    check (until is null or until > "from"),
    check (kind <> 'justice-monitoring' or matter_id is not null),
    check ((ended_at is null) = (ended_by is null))
);
create index consents_person on consent.consents (person_id);
create index consents_matter on consent.consents (matter_id);
create index consents_to_begin on consent.consents ("from") where begun_at is null;
create index consents_to_expire on consent.consents (until) where ended_at is null;

create table consent.consent_versions (
    consent_id uuid not null references consent.consents (id) deferrable initially deferred,
    version integer not null,
    recorded_at timestamptz not null,
    snapshot text not null,
    primary key (consent_id, version)
);

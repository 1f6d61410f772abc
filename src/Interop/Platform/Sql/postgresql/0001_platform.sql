create schema if not exists platform;
create schema if not exists directory;
create schema if not exists persons;
create schema if not exists matters;
create schema if not exists consent;
create schema if not exists referrals;
create schema if not exists compliance;
create schema if not exists delivery;
create schema if not exists audit;
create schema if not exists identity;
create schema if not exists fhir;

-- What kind of database this is: 'demonstration' is refused by plain serve.
create table platform.facts (
    name text primary key,
    value text not null
);

create table platform.idempotency_keys (
    client text not null,
    method text not null,
    path text not null,
    key text not null,
    hash text not null,
    status integer not null default 0,
    subject text not null default '',
    location text,
    created_at timestamptz not null,
    primary key (client, method, path, key)
);
create index idempotency_keys_age on platform.idempotency_keys (created_at);

create table platform.recorded_events (
    id uuid primary key,
    type text not null,
    at timestamptz not null,
    subject text not null,
    position bigint not null,
    person_id uuid,
    audience text not null,
    facts text,
    data text not null,
    trace_parent text,
    relayed_at timestamptz
);
-- Claimed by "not yet relayed", never by "id after the last seen", which would pass over what commits late.
create index recorded_events_unrelayed on platform.recorded_events (at, id) where relayed_at is null;
create index recorded_events_person on platform.recorded_events (person_id);

create table directory.organisations (
    id text primary key,
    name text not null,
    kind text not null,
    jurisdiction text,
    language text not null,
    time_zone text not null,
    created_at timestamptz not null
);

create table directory.care_services (
    id uuid primary key,
    organisation text not null references directory.organisations (id) deferrable initially deferred,
    name text not null,
    service text not null,
    needs text not null,
    languages text not null,
    jurisdiction text,
    places_free integer check (places_free >= 0),
    version integer not null,
    created_at timestamptz not null
);
create index care_services_organisation on directory.care_services (organisation);

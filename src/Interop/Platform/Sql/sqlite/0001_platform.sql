-- What kind of database this is: 'demonstration' is refused by plain serve.
create table facts (
    name text primary key,
    value text not null
);

create table idempotency_keys (
    client text not null,
    method text not null,
    path text not null,
    key text not null,
    hash text not null,
    status integer not null default 0,
    subject text not null default '',
    location text,
    created_at integer not null,
    primary key (client, method, path, key)
);
create index idempotency_keys_age on idempotency_keys (created_at);

create table recorded_events (
    id text primary key,
    type text not null,
    at integer not null,
    subject text not null,
    position integer not null,
    person_id text,
    audience text not null,
    facts text,
    data text not null,
    trace_parent text,
    relayed_at integer
);
-- Claimed by "not yet relayed", never by "id after the last seen", which would pass over what commits late.
create index recorded_events_unrelayed on recorded_events (at, id) where relayed_at is null;
create index recorded_events_person on recorded_events (person_id);

create table organisations (
    id text primary key,
    name text not null,
    kind text not null,
    jurisdiction text,
    language text not null,
    time_zone text not null,
    created_at integer not null
);

create table care_services (
    id text primary key,
    organisation text not null references organisations (id) deferrable initially deferred,
    name text not null,
    service text not null,
    needs text not null,
    languages text not null,
    jurisdiction text,
    places_free integer check (places_free >= 0),
    version integer not null,
    created_at integer not null
);
create index care_services_organisation on care_services (organisation);

create table persons (
    id text primary key,
    link_id text not null,
    lock_key integer not null,
    family_name text not null,
    given_names text not null,
    birth_date text not null,
    sex text not null,
    language text not null,
    contact text,
    kept_by text not null,
    version integer not null,
    created_at integer not null,
    updated_at integer not null
);
create index persons_link on persons (link_id);

create table person_identifiers (
    organisation text not null,
    system text not null,
    value text not null,
    person_id text not null references persons (id) deferrable initially deferred,
    recorded_at integer not null,
    primary key (organisation, system, value)
);
create index person_identifiers_person on person_identifiers (person_id);

create table person_parties (
    person_id text not null references persons (id) deferrable initially deferred,
    organisation text not null,
    since integer not null,
    primary key (person_id, organisation)
);

create table person_links (
    person_id text not null references persons (id) deferrable initially deferred,
    link_id text not null,
    by text not null,
    recorded_at integer not null,
    primary key (person_id, link_id)
);

create table matters (
    id text primary key,
    organisation text not null,
    number text not null,
    jurisdiction text not null,
    offence text,
    disposed_at integer,
    version integer not null,
    created_at integer not null,
    unique (organisation, number, jurisdiction)
);

create table matter_versions (
    matter_id text not null references matters (id) deferrable initially deferred,
    version integer not null,
    disposed_at integer,
    recorded_at integer not null,
    primary key (matter_id, version)
);

create table matter_persons (
    matter_id text not null references matters (id) deferrable initially deferred,
    person_id text not null,
    primary key (matter_id, person_id)
);

create table persons.persons (
    id uuid primary key,
    link_id uuid not null,
    lock_key bigint not null,
    family_name text not null,
    given_names text not null,
    birth_date date not null,
    sex text not null,
    language text not null,
    contact text,
    kept_by text not null,
    version integer not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);
create index persons_link on persons.persons (link_id);

create table persons.person_identifiers (
    organisation text not null,
    system text not null,
    value text not null,
    person_id uuid not null references persons.persons (id) deferrable initially deferred,
    recorded_at timestamptz not null,
    primary key (organisation, system, value)
);
create index person_identifiers_person on persons.person_identifiers (person_id);

create table persons.person_parties (
    person_id uuid not null references persons.persons (id) deferrable initially deferred,
    organisation text not null,
    since timestamptz not null,
    primary key (person_id, organisation)
);

create table persons.person_links (
    person_id uuid not null references persons.persons (id) deferrable initially deferred,
    link_id uuid not null,
    by text not null,
    recorded_at timestamptz not null,
    primary key (person_id, link_id)
);

create table matters.matters (
    id uuid primary key,
    organisation text not null,
    number text not null,
    jurisdiction text not null,
    offence text,
    disposed_at timestamptz,
    version integer not null,
    created_at timestamptz not null,
    unique (organisation, number, jurisdiction)
);

create table matters.matter_versions (
    matter_id uuid not null references matters.matters (id) deferrable initially deferred,
    version integer not null,
    disposed_at timestamptz,
    recorded_at timestamptz not null,
    primary key (matter_id, version)
);

create table matters.matter_persons (
    matter_id uuid not null references matters.matters (id) deferrable initially deferred,
    person_id uuid not null,
    primary key (matter_id, person_id)
);

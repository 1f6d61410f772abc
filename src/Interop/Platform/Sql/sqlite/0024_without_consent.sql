create table lawful_grounds (
    id text not null,
    recipient text not null,
    kind text not null check (kind in ('emergency', 'court-order')),
    person_id text not null,
    discloser text,
    jurisdiction text,
    categories text not null,
    records_from integer,
    records_until integer,
    "from" integer not null,
    until integer not null,
    recorded_at integer not null,
    ended_at integer,
    ended_by text,
    primary key (id, recipient),
    check (until > "from"),
    check ((ended_at is null) = (ended_by is null)),
    check (kind <> 'court-order' or discloser is not null)
);
create index lawful_grounds_person on lawful_grounds (person_id);
create index lawful_grounds_recipient on lawful_grounds (recipient, until) where ended_at is null;
create index lawful_grounds_to_expire on lawful_grounds (until) where ended_at is null;

create table emergency_accesses (
    id text primary key,
    version integer not null,
    person_id text,
    organisation text not null,
    disclosers text not null,
    personnel text not null,
    affiliation text not null,
    nature text not null,
    declared_at integer not null,
    until integer not null,
    pack text not null,
    review_by integer not null,
    overdue_at integer,
    reviewed_at integer,
    reviewed_by text,
    finding text,
    note text,
    check (until > declared_at),
    check ((reviewed_at is null) = (finding is null)),
    check ((reviewed_at is null) = (reviewed_by is null))
);
create index emergency_accesses_person on emergency_accesses (person_id);
create index emergency_accesses_to_review on emergency_accesses (review_by) where reviewed_at is null and overdue_at is null;

create table court_orders (
    id text primary key,
    version integer not null,
    person_id text not null,
    organisation text not null,
    "order" text not null,
    subpoena text not null,
    discloser text not null,
    recipients text not null,
    purpose text not null,
    categories text not null,
    records text,
    "from" integer not null,
    until integer not null,
    created_at integer not null,
    ended_at integer,
    ended_by text,
    reason text,
    check (until > "from"),
    check ((ended_at is null) = (ended_by is null))
);
create index court_orders_person on court_orders (person_id);
create index court_orders_organisation on court_orders (organisation);
create index court_orders_to_expire on court_orders (until) where ended_at is null;

-- An emergency finds a person by whoever knows them.
create index person_identifiers_value on person_identifiers (system, value);

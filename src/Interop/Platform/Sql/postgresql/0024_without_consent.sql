create table consent.lawful_grounds (
    id uuid not null,
    recipient text not null,
    kind text not null check (kind in ('emergency', 'court-order')),
    person_id uuid not null,
    discloser text,
    jurisdiction text,
    categories text not null,
    records_from timestamptz,
    records_until timestamptz,
    "from" timestamptz not null,
    until timestamptz not null,
    recorded_at timestamptz not null,
    ended_at timestamptz,
    ended_by text,
    primary key (id, recipient),
    check (until > "from"),
    check ((ended_at is null) = (ended_by is null)),
    check (kind <> 'court-order' or discloser is not null)
);
create index lawful_grounds_person on consent.lawful_grounds (person_id);
create index lawful_grounds_recipient on consent.lawful_grounds (recipient, until) where ended_at is null;
create index lawful_grounds_to_expire on consent.lawful_grounds (until) where ended_at is null;

create table consent.emergency_accesses (
    id uuid primary key,
    version integer not null,
    person_id uuid,
    organisation text not null,
    disclosers text not null,
    personnel text not null,
    affiliation text not null,
    nature text not null,
    declared_at timestamptz not null,
    until timestamptz not null,
    pack text not null,
    review_by timestamptz not null,
    overdue_at timestamptz,
    reviewed_at timestamptz,
    reviewed_by text,
    finding text,
    note text,
    check (until > declared_at),
    check ((reviewed_at is null) = (finding is null)),
    check ((reviewed_at is null) = (reviewed_by is null))
);
create index emergency_accesses_person on consent.emergency_accesses (person_id);
create index emergency_accesses_to_review on consent.emergency_accesses (review_by) where reviewed_at is null and overdue_at is null;

create table consent.court_orders (
    id uuid primary key,
    version integer not null,
    person_id uuid not null,
    organisation text not null,
    "order" text not null,
    subpoena text not null,
    discloser text not null,
    recipients text not null,
    purpose text not null,
    categories text not null,
    records text,
    "from" timestamptz not null,
    until timestamptz not null,
    created_at timestamptz not null,
    ended_at timestamptz,
    ended_by text,
    reason text,
    check (until > "from"),
    check ((ended_at is null) = (ended_by is null))
);
create index court_orders_person on consent.court_orders (person_id);
create index court_orders_organisation on consent.court_orders (organisation);
create index court_orders_to_expire on consent.court_orders (until) where ended_at is null;

-- An emergency finds a person by whoever knows them.
create index person_identifiers_value on persons.person_identifiers (system, value);

-- A resource as the organisation wrote it, beside the domain fields drawn from it. Comes back to that organisation alone.
create table fhir_written (
    type text not null,
    id text not null,
    organisation text not null,
    person_id text not null,
    version integer not null,
    json text not null,
    written_at integer not null,
    primary key (type, id, organisation)
);
create index fhir_written_person on fhir_written (person_id);

-- The organisation's own identifiers in what it wrote, to search by.
create table fhir_written_identifiers (
    type text not null,
    id text not null,
    organisation text not null,
    number integer not null,
    system text not null,
    value text not null,
    primary key (type, id, organisation, number),
    foreign key (type, id, organisation) references fhir_written (type, id, organisation) on delete cascade deferrable initially deferred
);
create index fhir_written_identifiers_value on fhir_written_identifiers (organisation, value);

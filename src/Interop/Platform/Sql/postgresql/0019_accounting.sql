create table persons.disclosure_requests (
    id uuid primary key,
    version integer not null,
    person_id uuid not null references persons.persons (id) deferrable initially deferred,
    organisation text not null,
    received_at timestamptz not null,
    due_at timestamptz not null,
    language text not null,
    by text,
    answered_at timestamptz,
    overdue_at timestamptz,
    created_at timestamptz not null
);
create index disclosure_requests_person on persons.disclosure_requests (person_id);
create index disclosure_requests_due on persons.disclosure_requests (due_at) where answered_at is null and overdue_at is null;

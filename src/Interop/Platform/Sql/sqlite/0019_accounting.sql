create table disclosure_requests (
    id text primary key,
    version integer not null,
    person_id text not null references persons (id) deferrable initially deferred,
    organisation text not null,
    received_at integer not null,
    due_at integer not null,
    language text not null,
    "by" text,
    answered_at integer,
    overdue_at integer,
    created_at integer not null
);
create index disclosure_requests_person on disclosure_requests (person_id);
create index disclosure_requests_due on disclosure_requests (due_at) where answered_at is null and overdue_at is null;

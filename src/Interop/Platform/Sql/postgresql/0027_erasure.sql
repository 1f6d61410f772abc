-- Each person's key, sealed by one outside the database. Destroyed, the row stays: box null, and since when at whose word.
create table platform.person_keys (
    person_id uuid primary key,
    box bytea,
    created_at timestamptz not null,
    erased_at timestamptz,
    erased_by text
);

-- What the log holds of the entry. Text and salt of an entry about a person are sealed under their key.
alter table audit.audit_entries add column hash bytea;

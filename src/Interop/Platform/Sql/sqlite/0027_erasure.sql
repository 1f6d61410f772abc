-- Each person's key, sealed by one outside the database. Destroyed, the row stays: box null, and since when at whose word.
create table person_keys (
    person_id text primary key,
    box blob,
    created_at integer not null,
    erased_at integer,
    erased_by text
);

-- What the log holds of the entry. Text and salt of an entry about a person are sealed under their key.
alter table audit_entries add column hash blob;

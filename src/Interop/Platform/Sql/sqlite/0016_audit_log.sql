-- The Merkle log over the numbered entries. Its own copy of every hash: it outlives what the hashes are of.

-- What the log holds at each index, 32 bytes each, as they were taken in: one row for those taken in at once, never across
-- the bounds of a tile.
create table audit_log_entries (
    "index" integer primary key,
    entries blob not null check (length(entries) > 0 and length(entries) % 32 = 0 and "index" % 256 + length(entries) / 32 <= 256)
);

-- Roots over full tiles: level 1 over 256 entries, each next over 256 of the level below.
create table audit_log_hashes (
    level integer not null,
    "index" integer not null,
    hash blob not null check (length(hash) = 32),
    primary key (level, "index")
);

create table audit_checkpoints (
    origin text not null,
    size integer not null,
    note text not null,
    at integer not null,
    primary key (origin, size)
);

create table audit_cosignatures (
    origin text not null,
    size integer not null,
    witness text not null,
    line text not null,
    at integer not null,
    primary key (origin, size, witness)
);

-- Every key that ever signed, with the size that it signed first.
create table audit_log_keys (
    verifier_key text primary key,
    origin text not null,
    since_size integer not null,
    since integer not null
);

create trigger audit_log_entries_no_update before update on audit_log_entries begin
    select raise(abort, 'The audit log is only ever appended to.');
end;
create trigger audit_log_entries_no_delete before delete on audit_log_entries begin
    select raise(abort, 'The audit log is only ever appended to.');
end;
create trigger audit_log_hashes_no_update before update on audit_log_hashes begin
    select raise(abort, 'The audit log is only ever appended to.');
end;
create trigger audit_log_hashes_no_delete before delete on audit_log_hashes begin
    select raise(abort, 'The audit log is only ever appended to.');
end;
create trigger audit_checkpoints_no_update before update on audit_checkpoints begin
    select raise(abort, 'The audit log is only ever appended to.');
end;
create trigger audit_checkpoints_no_delete before delete on audit_checkpoints begin
    select raise(abort, 'The audit log is only ever appended to.');
end;
create trigger audit_cosignatures_no_update before update on audit_cosignatures begin
    select raise(abort, 'The audit log is only ever appended to.');
end;
create trigger audit_cosignatures_no_delete before delete on audit_cosignatures begin
    select raise(abort, 'The audit log is only ever appended to.');
end;
create trigger audit_log_keys_no_update before update on audit_log_keys begin
    select raise(abort, 'The audit log is only ever appended to.');
end;
create trigger audit_log_keys_no_delete before delete on audit_log_keys begin
    select raise(abort, 'The audit log is only ever appended to.');
end;
-- REPLACE deletes without a trigger.
create trigger audit_log_entries_no_replace before insert on audit_log_entries when exists (select 1 from audit_log_entries where "index" = new."index") begin
    select raise(abort, 'The audit log is only ever appended to.');
end;
create trigger audit_log_hashes_no_replace before insert on audit_log_hashes when exists (select 1 from audit_log_hashes where level = new.level and "index" = new."index") begin
    select raise(abort, 'The audit log is only ever appended to.');
end;
create trigger audit_checkpoints_no_replace before insert on audit_checkpoints when exists (select 1 from audit_checkpoints where origin = new.origin and size = new.size) begin
    select raise(abort, 'The audit log is only ever appended to.');
end;
create trigger audit_cosignatures_no_replace before insert on audit_cosignatures when exists (select 1 from audit_cosignatures where origin = new.origin and size = new.size and witness = new.witness) begin
    select raise(abort, 'The audit log is only ever appended to.');
end;
create trigger audit_log_keys_no_replace before insert on audit_log_keys when exists (select 1 from audit_log_keys where verifier_key = new.verifier_key) begin
    select raise(abort, 'The audit log is only ever appended to.');
end;

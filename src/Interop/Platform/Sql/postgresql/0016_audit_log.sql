-- The Merkle log over the numbered entries. Its own copy of every hash: it outlives what the hashes are of.

-- What the log holds at each index, 32 bytes each, as they were taken in: one row for those taken in at once, never across
-- the bounds of a tile.
create table audit.audit_log_entries (
    "index" bigint primary key,
    entries bytea not null check (length(entries) > 0 and length(entries) % 32 = 0 and "index" % 256 + length(entries) / 32 <= 256)
);
alter table audit.audit_log_entries alter column entries set storage external; -- hashes do not compress

-- Roots over full tiles: level 1 over 256 entries, each next over 256 of the level below.
create table audit.audit_log_hashes (
    level integer not null,
    "index" bigint not null,
    hash bytea not null check (length(hash) = 32),
    primary key (level, "index")
);

create table audit.audit_checkpoints (
    origin text not null,
    size bigint not null,
    note text not null,
    at timestamptz not null,
    primary key (origin, size)
);

create table audit.audit_cosignatures (
    origin text not null,
    size bigint not null,
    witness text not null,
    line text not null,
    at timestamptz not null,
    primary key (origin, size, witness)
);

-- Every key that ever signed, with the size that it signed first.
create table audit.audit_log_keys (
    verifier_key text primary key,
    origin text not null,
    since_size bigint not null,
    since timestamptz not null
);

create trigger audit_log_entries_append_only before update or delete or truncate on audit.audit_log_entries
    for each statement execute function audit.refuse_change();
create trigger audit_log_hashes_append_only before update or delete or truncate on audit.audit_log_hashes
    for each statement execute function audit.refuse_change();
create trigger audit_checkpoints_append_only before update or delete or truncate on audit.audit_checkpoints
    for each statement execute function audit.refuse_change();
create trigger audit_cosignatures_append_only before update or delete or truncate on audit.audit_cosignatures
    for each statement execute function audit.refuse_change();
create trigger audit_log_keys_append_only before update or delete or truncate on audit.audit_log_keys
    for each statement execute function audit.refuse_change();

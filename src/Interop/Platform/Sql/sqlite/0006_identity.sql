create table clients (
    client_id text primary key,
    organisation text not null,
    scopes text,                -- null: every scope of the organisation's kind
    secret_hash text,
    jwks text,
    jwks_uri text,
    epoch integer not null,     -- goes up when the client is rotated or disabled; tokens of an earlier one are dead
    disabled_at integer,
    created_at integer not null,
    check (secret_hash is not null or jwks is not null or jwks_uri is not null)
);
create index clients_organisation on clients (organisation);

-- Assertions that were used, by the hash of client and jti, until they expire: each is good once, on whichever node.
create table client_assertions (
    id text primary key,
    expires_at integer not null
);
create index client_assertions_age on client_assertions (expires_at);

-- Access tokens that were revoked, by their jti, until they expire.
create table revoked_tokens (
    id text primary key,
    expires_at integer not null
);
create index revoked_tokens_age on revoked_tokens (expires_at);

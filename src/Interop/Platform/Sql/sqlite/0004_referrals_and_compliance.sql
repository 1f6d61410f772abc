create table referrals (
    id text primary key,
    version integer not null,
    person_id text not null,
    matter_id text not null,
    referrer text not null,
    provider text not null,
    status text not null,
    intercept text not null,
    sequential_intercept integer not null check (sequential_intercept between 0 and 5),
    service text not null,
    needs text not null,
    reporting text not null,
    note text,
    respond_by integer,
    events integer not null,
    accepted integer not null,
    cancellation_confirmed integer not null,
    created_at integer not null,
    updated_at integer not null
);
create index referrals_referrer on referrals (referrer, id);
create index referrals_provider on referrals (provider, id);
create index referrals_person on referrals (person_id);
create index referrals_matter on referrals (matter_id);

create table referral_entries (
    referral_id text not null references referrals (id) deferrable initially deferred,
    version integer not null,
    at integer not null,
    act text not null,
    status text,
    seen_as text,
    provider text not null,
    by text not null,
    client text not null,
    actor text,
    content text not null,
    category text,
    occurred_at integer,
    reason text,
    discharge text,
    appointment_id text,
    primary key (referral_id, version)
);

create table appointments (
    id text primary key,
    referral_id text not null references referrals (id) deferrable initially deferred,
    provider text not null,
    at integer not null,
    kind text not null,
    outcome text,
    outcome_at integer,
    created_at integer not null
);
create index appointments_referral on appointments (referral_id);

create table referral_timers (
    referral_id text not null references referrals (id) deferrable initially deferred,
    kind text not null,
    category text not null default '',
    due integer not null,
    primary key (referral_id, kind, category)
);
create index referral_timers_due on referral_timers (due);

create table compliance_updates (
    id text primary key,
    version integer not null,
    referral_id text not null,
    person_id text not null,
    provider text not null,
    category text not null,
    occurred_at integer not null,
    value text not null,
    summary text,
    retracted_at integer,
    reason text,
    created_at integer not null,
    updated_at integer not null
);
create index compliance_updates_referral on compliance_updates (referral_id, id);

create table compliance_versions (
    update_id text not null references compliance_updates (id) deferrable initially deferred,
    version integer not null,
    recorded_at integer not null,
    occurred_at integer not null,
    value text not null,
    summary text,
    retracted_at integer,
    reason text,
    primary key (update_id, version)
);

-- For whom the event that a report exists was recorded, so that it is released to each once.
create table compliance_told (
    update_id text not null references compliance_updates (id) deferrable initially deferred,
    organisation text not null,
    at integer not null,
    primary key (update_id, organisation)
);

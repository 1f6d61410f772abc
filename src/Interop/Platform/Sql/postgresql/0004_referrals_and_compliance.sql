create table referrals.referrals (
    id uuid primary key,
    version integer not null,
    person_id uuid not null,
    matter_id uuid not null,
    referrer text not null,
    provider text not null,
    status text not null,
    intercept text not null,
    sequential_intercept integer not null check (sequential_intercept between 0 and 5),
    service text not null,
    needs text not null,
    reporting text not null,
    note text,
    respond_by timestamptz,
    events bigint not null,
    accepted boolean not null,
    cancellation_confirmed boolean not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);
create index referrals_referrer on referrals.referrals (referrer, id);
create index referrals_provider on referrals.referrals (provider, id);
create index referrals_person on referrals.referrals (person_id);
create index referrals_matter on referrals.referrals (matter_id);

create table referrals.referral_entries (
    referral_id uuid not null references referrals.referrals (id) deferrable initially deferred,
    version integer not null,
    at timestamptz not null,
    act text not null,
    status text,
    seen_as text,
    provider text not null,
    by text not null,
    client text not null,
    actor text,
    content text not null,
    category text,
    occurred_at timestamptz,
    reason text,
    discharge text,
    appointment_id uuid,
    primary key (referral_id, version)
);

create table referrals.appointments (
    id uuid primary key,
    referral_id uuid not null references referrals.referrals (id) deferrable initially deferred,
    provider text not null,
    at timestamptz not null,
    kind text not null,
    outcome text,
    outcome_at timestamptz,
    created_at timestamptz not null
);
create index appointments_referral on referrals.appointments (referral_id);

create table referrals.referral_timers (
    referral_id uuid not null references referrals.referrals (id) deferrable initially deferred,
    kind text not null,
    category text not null default '',
    due timestamptz not null,
    primary key (referral_id, kind, category)
);
create index referral_timers_due on referrals.referral_timers (due);

create table compliance.compliance_updates (
    id uuid primary key,
    version integer not null,
    referral_id uuid not null,
    person_id uuid not null,
    provider text not null,
    category text not null,
    occurred_at timestamptz not null,
    value text not null,
    summary text,
    retracted_at timestamptz,
    reason text,
    created_at timestamptz not null,
    updated_at timestamptz not null
);
create index compliance_updates_referral on compliance.compliance_updates (referral_id, id);

create table compliance.compliance_versions (
    update_id uuid not null references compliance.compliance_updates (id) deferrable initially deferred,
    version integer not null,
    recorded_at timestamptz not null,
    occurred_at timestamptz not null,
    value text not null,
    summary text,
    retracted_at timestamptz,
    reason text,
    primary key (update_id, version)
);

-- For whom the event that a report exists was recorded, so that it is released to each once.
create table compliance.compliance_told (
    update_id uuid not null references compliance.compliance_updates (id) deferrable initially deferred,
    organisation text not null,
    at timestamptz not null,
    primary key (update_id, organisation)
);

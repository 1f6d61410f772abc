create table delivery.subscriptions (
    id uuid primary key,
    version integer not null,
    organisation text not null,
    organisation_kind text not null,
    client text not null,
    channel text not null,
    url text,
    events text not null,
    payload text not null,
    status text not null,
    reason text,
    suspended_at timestamptz,
    failing_since timestamptz,
    secret bytea not null,
    earlier_secrets text not null,
    last_number bigint not null default 0,
    created_at timestamptz not null,
    updated_at timestamptz not null
);
create index subscriptions_organisation on delivery.subscriptions (organisation);

create table delivery.deliveries (
    id uuid primary key,
    subscription_id uuid not null references delivery.subscriptions (id) on delete cascade,
    event_id uuid not null references platform.recorded_events (id),
    type text not null,
    subject text not null,
    position bigint not null,
    status text not null check (status in ('pending', 'delivered', 'withheld', 'failed')),
    number bigint,
    tries integer not null,
    due_at timestamptz not null,
    lease uuid,
    leased_until timestamptz,
    last_status integer,
    last_error text,
    created_at timestamptz not null,
    ended_at timestamptz,
    unique (subscription_id, event_id)
);
-- A lane is (subscription, subject); its head is the pending row with the lowest position.
create index deliveries_lane on delivery.deliveries (subscription_id, subject, position, id) where status = 'pending';
create index deliveries_waiting on delivery.deliveries (subject) where status = 'pending';
create index deliveries_due on delivery.deliveries (subscription_id, due_at) where status = 'pending';
create index deliveries_leased on delivery.deliveries (subscription_id, leased_until) where leased_until is not null;
create index deliveries_newest on delivery.deliveries (subscription_id, id);
create index deliveries_event on delivery.deliveries (event_id);

create table delivery.delivery_attempts (
    id uuid primary key,
    delivery_id uuid not null references delivery.deliveries (id) on delete cascade,
    at timestamptz not null,
    milliseconds integer not null,
    status integer,
    error text
);
create index delivery_attempts_delivery on delivery.delivery_attempts (delivery_id, at);

-- Numbers are taken by the relay alone, so that they become visible in their order. Whoever prunes leaves the last row.
create table delivery.event_feed (
    number bigint primary key,
    organisation text not null,
    event_id uuid not null references platform.recorded_events (id),
    unique (organisation, event_id)
);
create index event_feed_organisation on delivery.event_feed (organisation, number);
create index event_feed_event on delivery.event_feed (event_id);

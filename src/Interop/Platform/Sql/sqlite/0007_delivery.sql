create table subscriptions (
    id text primary key,
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
    suspended_at integer,
    failing_since integer,
    secret blob not null,
    earlier_secrets text not null,
    last_number integer not null default 0,
    created_at integer not null,
    updated_at integer not null
);
create index subscriptions_organisation on subscriptions (organisation);

create table deliveries (
    id text primary key,
    subscription_id text not null references subscriptions (id) on delete cascade,
    event_id text not null references recorded_events (id),
    type text not null,
    subject text not null,
    position integer not null,
    status text not null check (status in ('pending', 'delivered', 'withheld', 'failed')),
    number integer,
    tries integer not null,
    due_at integer not null,
    lease text,
    leased_until integer,
    last_status integer,
    last_error text,
    created_at integer not null,
    ended_at integer,
    unique (subscription_id, event_id)
);
-- A lane is (subscription, subject); its head is the pending row with the lowest position.
create index deliveries_lane on deliveries (subscription_id, subject, position, id) where status = 'pending';
create index deliveries_waiting on deliveries (subject) where status = 'pending';
create index deliveries_due on deliveries (subscription_id, due_at) where status = 'pending';
create index deliveries_leased on deliveries (subscription_id, leased_until) where leased_until is not null;
create index deliveries_newest on deliveries (subscription_id, id);
create index deliveries_event on deliveries (event_id);

create table delivery_attempts (
    id text primary key,
    delivery_id text not null references deliveries (id) on delete cascade,
    at integer not null,
    milliseconds integer not null,
    status integer,
    error text
);
create index delivery_attempts_delivery on delivery_attempts (delivery_id, at);

-- Numbers are taken by the relay alone, so that they become visible in their order. Whoever prunes leaves the last row.
create table event_feed (
    number integer primary key,
    organisation text not null,
    event_id text not null references recorded_events (id),
    unique (organisation, event_id)
);
create index event_feed_organisation on event_feed (organisation, number);
create index event_feed_event on event_feed (event_id);

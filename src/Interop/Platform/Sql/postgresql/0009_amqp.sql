-- What is to be done to the broker's queues. A row outlives its subscription: a queue is removed after it, whenever the broker is there.
create table delivery.queue_tasks (
    subscription_id uuid primary key,
    queue text not null,
    task text not null check (task in ('make', 'remove')),
    revision integer not null,
    tries integer not null,
    due_at timestamptz not null,
    leased_until timestamptz
);
create index queue_tasks_due on delivery.queue_tasks (due_at);

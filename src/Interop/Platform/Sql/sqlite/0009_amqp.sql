-- What is to be done to the broker's queues. A row outlives its subscription: a queue is removed after it, whenever the broker is there.
create table queue_tasks (
    subscription_id text primary key,
    queue text not null,
    task text not null check (task in ('make', 'remove')),
    revision integer not null,
    tries integer not null,
    due_at integer not null,
    leased_until integer
);
create index queue_tasks_due on queue_tasks (due_at);

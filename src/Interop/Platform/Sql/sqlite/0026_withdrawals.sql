create table withdrawals (
    event_id text primary key references recorded_events (id) on delete cascade
);

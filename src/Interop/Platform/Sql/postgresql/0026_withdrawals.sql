create table delivery.withdrawals (
    event_id uuid primary key references platform.recorded_events (id) on delete cascade
);

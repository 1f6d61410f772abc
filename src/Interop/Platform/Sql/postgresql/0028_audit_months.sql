-- The log by month, so that a month can be archived as files and dropped. Ids are of version 7: a range of ids is a range of time, and
-- their order is that of time, so that no index of times is needed beside the key. Text is compared by its bytes, not by a language.
drop trigger audit_entries_append_only on audit.audit_entries;
alter table audit.audit_entries rename to audit_entries_whole;
alter table audit.audit_entries_whole rename constraint audit_entries_pkey to audit_entries_whole_pkey;
drop index audit.audit_entries_person, audit.audit_entries_organisation, audit.audit_entries_at, audit.audit_entries_resource,
    audit.audit_entries_actor, audit.audit_entries_client, audit.audit_entries_outcome;

create table audit.audit_entries (
    id uuid primary key,
    at timestamptz not null,
    organisation text collate "C" not null,
    client text collate "C" not null,
    actor text collate "C",
    action text collate "C" not null,
    operation text collate "C" not null,
    outcome text collate "C" not null,
    person uuid,
    resource_type text collate "C",
    resource_id text collate "C",
    ground text collate "C",
    discloser text collate "C",
    canonical text not null,
    salt bytea not null check (length(salt) >= 16),
    hash bytea
) partition by range (id);
create trigger audit_entries_append_only before update or delete or truncate on audit.audit_entries
    for each statement execute function audit.refuse_change();

-- What has no month yet: nothing, as long as a worker runs. Its entries move into their month when that is made.
create table audit.audit_entries_default partition of audit.audit_entries default;
create trigger audit_entries_append_only before update or delete or truncate on audit.audit_entries_default
    for each statement execute function audit.refuse_change();

-- The least id that an entry of this instant can have, and the instant of an entry by its id.
create function audit.first_id(at timestamptz) returns uuid language sql stable as $$
    select (lpad(to_hex(floor(extract(epoch from at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;
create function audit.time_of(id uuid) returns timestamptz language sql stable as $$
    select to_timestamp(('x0000' || substr(replace(id::text, '-', ''), 1, 12))::bit(64)::bigint / 1000.0)
$$;

-- A month (its first day, UTC) as a partition, with what of it lies in the default one. Nothing where it is there.
create function audit.make_month(month date) returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    name text := 'audit_entries_' || to_char(month, 'YYYY_MM');
    low uuid := audit.first_id(month::timestamp at time zone 'UTC');
    high uuid := audit.first_id((month + interval '1 month')::timestamp at time zone 'UTC');
begin
    if to_regclass('audit.' || name) is not null then
        return;
    end if;
    execute format('create table audit.%I (like audit.audit_entries including defaults including constraints)', name);
    if exists (select from audit.audit_entries_default where id >= low and id < high) then
        alter table audit.audit_entries_default disable trigger audit_entries_append_only;
        execute format('with moved as (delete from audit.audit_entries_default where id >= $1 and id < $2 returning *) insert into audit.%I select * from moved', name) using low, high;
        alter table audit.audit_entries_default enable trigger audit_entries_append_only;
    end if;
    execute format('create trigger audit_entries_append_only before update or delete or truncate on audit.%I for each statement execute function audit.refuse_change()', name);
    execute format('alter table audit.audit_entries attach partition audit.%I for values from (%L) to (%L)', name, low, high);
end $$;

-- This month, the three to come, and those of entries that found none. The server's role owns no table of the log and makes none: it asks
-- for exactly this. Returns how many it made.
create function audit.make_months() returns integer language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '2s' as $$
declare
    until timestamp := date_trunc('month', now() at time zone 'UTC') + interval '3 months';
    missing date[];
begin
    select array_agg(month order by month) into missing from (
        select generate_series(date_trunc('month', now() at time zone 'UTC'), until, interval '1 month')::date as month
        union
        select date_trunc('month', audit.time_of(id) at time zone 'UTC')::date from audit.audit_entries_default
        where id >= audit.first_id('2000-01-01Z') and id < audit.first_id((until + interval '1 month') at time zone 'UTC')
    ) wanted where to_regclass('audit.audit_entries_' || to_char(month, 'YYYY_MM')) is null;
    if missing is null then
        return 0;
    end if;
    lock table audit.audit_entries_default in access exclusive mode; -- nothing comes in beside
    perform audit.make_month(month) from unnest(missing) month;
    return cardinality(missing);
end $$;

select audit.make_month(month) from (
    select distinct date_trunc('month', audit.time_of(id) at time zone 'UTC')::date as month from audit.audit_entries_whole
    where id >= audit.first_id('2000-01-01Z') and id < audit.first_id(now() + interval '3 months')
) months order by month;
select audit.make_months();
insert into audit.audit_entries select * from audit.audit_entries_whole;
drop table audit.audit_entries_whole;

-- Each leads a search. By time alone the key does.
create index audit_entries_person on audit.audit_entries (person, at) where person is not null;
create index audit_entries_organisation on audit.audit_entries (organisation, at);
create index audit_entries_client on audit.audit_entries (client, at);
create index audit_entries_actor on audit.audit_entries (actor, at) where actor is not null;
create index audit_entries_outcome on audit.audit_entries (outcome, at) where outcome <> 'permitted';
create index audit_entries_resource on audit.audit_entries (resource_id) where resource_id is not null;

-- Read from end to end and emptied by whoever numbers: a key served nobody.
alter table platform.audit_queue drop constraint audit_queue_pkey;

-- Months that were archived as files and dropped. What they held stays in audit_log_entries as 32 bytes each.
create table audit.audit_archives (
    month date primary key,
    numbers text not null,
    entries bigint not null,
    sha256 bytea not null check (length(sha256) = 32),
    told_by uuid not null,
    at timestamptz not null
);
create trigger audit_archives_append_only before update or delete or truncate on audit.audit_archives
    for each statement execute function audit.refuse_change();

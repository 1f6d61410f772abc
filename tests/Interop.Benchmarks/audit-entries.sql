-- Fills the log of a PostgreSQL database with N entries over two years, as a country's exchange would leave them: some
-- organisations large and most small, a person's entries spread over months, two thirds of them on a consent, one in thirty denied.
--
--   psql -v n=1000000 -f audit-entries.sql "$DATABASE"      a million takes about a minute
--
-- The canonical text and salt are as long as real ones, and no proof holds for them: this is a log to be measured, not believed. What is
-- counted of it is what PostgreSQL would have counted by itself by then.
\set ON_ERROR_STOP on
\set QUIET on
\pset tuples_only on
set search_path = platform, directory, identity, persons, matters, consent, referrals, compliance, delivery, audit, fhir, public;
set synchronous_commit = off;
set work_mem = '256MB';
set maintenance_work_mem = '1GB';

-- UUIDv7 of an instant, its random half from a number, so that the same N gives the same log.
create function pg_temp.uuid_at(t timestamptz, seed text) returns uuid language sql immutable as $$
    select (lpad(to_hex(floor(extract(epoch from t) * 1000)::bigint), 12, '0') || '7' || substr(md5(seed), 2, 3) || '8' || substr(md5(seed), 5, 15))::uuid
$$;

select from generate_series(date '2025-01-01', date '2026-12-01', interval '1 month') month, audit.make_month(month::date);

create function pg_temp.entries(first bigint, last bigint, total bigint) returns table (i bigint, at timestamptz, organisation text, person uuid, dice bigint) language sql as $$
    select
        i,
        timestamptz '2025-01-01Z' + i * (interval '730 days' / total),
        -- Rank to the power of three: the first organisation has about a fifth of all entries.
        'org-' || floor(200 * power(((i * 7919) % 100003) / 100003.0, 3))::int,
        -- Each person is dealt with for a while, and persons come and go. Ten are never done with: one entry in a hundred is theirs.
        case when i % 100 = 99 then md5('always-' || (i / 100) % 10)::uuid else md5('person-' || (i / 3000) * 100 + (i * 31) % 99)::uuid end,
        (i * 17) % 30
    from generate_series(first, last) i
$$;

create temp table indexes as
select indexname as name, replace(indexdef, ' ON ONLY ', ' ON ') as definition from pg_indexes where schemaname = 'audit' and tablename = 'audit_entries' and indexname <> 'audit_entries_pkey';
select format('drop index audit.%I', name) from indexes \gexec

-- Twentieth by twentieth, each committed.
select coalesce(max("index"), -1) + 1 as begun from audit_sequence \gset
select format($fill$
insert into audit_entries (id, at, organisation, client, actor, action, operation, outcome, person, resource_type, resource_id, ground, discloser, canonical, salt, hash)
select
    pg_temp.uuid_at(at, 'e' || i), at, organisation, organisation, case when i %% 3 = 0 then organisation || '/' || i %% 20 end,
    case when dice < 20 then 'read' when dice < 23 then 'query' when dice < 26 then 'deliver' when dice < 29 then 'update' else 'create' end,
    case when dice < 20 then 'referral.read' when dice < 23 then 'referral.list' when dice < 26 then 'event.deliver' when dice < 29 then 'referral.accept' else 'referral.create' end,
    case when dice = 7 then 'denied' when dice = 27 and i %% 5 = 0 then 'refused' else 'permitted' end,
    case when dice not in (20, 21) then person end,
    case when dice not in (20, 21) then 'Referral' end,
    case when dice not in (20, 21) then md5(person::text)::uuid::text end,
    case when dice < 20 and dice <> 7 or dice between 23 and 25 then 'consent' when dice > 25 then 'authorship' end,
    case when dice < 26 and dice not in (7, 20, 21) then 'org-1' end,
    rpad('{"action":"read","at":"2026-01-01T00:00:00.000000Z","client":"org-1","consents":[{"id":"' || md5('consent-' || person::text)::uuid || '","version":1}],"x":"', 478, 'x') || '"}',
    decode(md5('s' || i) || md5('t' || i), 'hex'), decode(md5('u' || i) || md5('v' || i), 'hex')
from pg_temp.entries(%1$s, %2$s, %3$s);
$fill$, part::bigint * :n / 20, (part::bigint + 1) * :n / 20 - 1, :n) from generate_series(0, 19) part \gexec
select format($fill$
insert into audit_sequence ("index", entry_id)
select %4$s + i, pg_temp.uuid_at(at, 'e' || i) from pg_temp.entries(%1$s, %2$s, %3$s);
$fill$, part::bigint * :n / 20, (part::bigint + 1) * :n / 20 - 1, :n, :begun) from generate_series(0, 19) part \gexec
select format($fill$
insert into audit_consents (consent_id, at, entry_id, version)
select md5('consent-' || person::text)::uuid, at, pg_temp.uuid_at(at, 'e' || i), 1
from pg_temp.entries(%1$s, %2$s, %3$s) where dice < 20 and dice <> 7 or dice between 23 and 25;
$fill$, part::bigint * :n / 20, (part::bigint + 1) * :n / 20 - 1, :n) from generate_series(0, 19) part \gexec

-- An index is built faster than it grows.
select definition from indexes \gexec

-- Month by month, as it does by itself: of the whole it counts nothing.
select format('vacuum analyze %s', inhrelid::regclass) from pg_inherits where inhparent = 'audit.audit_entries'::regclass \gexec
vacuum analyze audit_sequence, audit_consents;

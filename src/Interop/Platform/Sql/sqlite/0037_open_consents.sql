-- The gate asks for what has not ended of a few persons, at every decision.
create index consents_open on consents (person_id) where ended_at is null;
drop index consents_to_expire;
create index consents_to_expire on consents (until) where ended_at is null and until is not null;

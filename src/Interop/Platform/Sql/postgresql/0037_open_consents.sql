-- The gate asks for what has not ended of a few persons, at every decision. The index of those that expire must not look as if it
-- served that too: to a planner that has not counted lately it seems to hold a handful.
create index consents_open on consent.consents (person_id) where ended_at is null;
drop index consent.consents_to_expire;
create index consents_to_expire on consent.consents (until) where ended_at is null and until is not null;

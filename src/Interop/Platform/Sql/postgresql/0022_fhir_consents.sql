-- A consent that came in as FHIR, as it was written, and the zone of who captured it.
alter table consent.consents add column written text;

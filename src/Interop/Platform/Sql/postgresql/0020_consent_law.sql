alter table consent.consents add column discloser_jurisdiction text;
alter table consent.consents add column matter_jurisdiction text;
update consent.consents set
    discloser_jurisdiction = (select o.jurisdiction from directory.organisations o where o.id = discloser),
    matter_jurisdiction = (select m.jurisdiction from matters.matters m where m.id = matter_id);

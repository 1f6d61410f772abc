alter table consents add column discloser_jurisdiction text;
alter table consents add column matter_jurisdiction text;
update consents set
    discloser_jurisdiction = (select o.jurisdiction from organisations o where o.id = discloser),
    matter_jurisdiction = (select m.jurisdiction from matters m where m.id = matter_id);

-- In schema audit the server's role may look and add, and nothing else. A queue empties, so it lives elsewhere: made anew there,
-- not moved, so that it has the rights of where it is.
create table platform.audit_queue (
    entry_id uuid primary key
);
insert into platform.audit_queue select entry_id from audit.audit_queue;
drop table audit.audit_queue;

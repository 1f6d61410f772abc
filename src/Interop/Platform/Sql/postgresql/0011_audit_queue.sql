-- In schema audit the server's role may look and add, and nothing else. A queue empties, so it lives elsewhere.
alter table audit.audit_queue set schema platform;

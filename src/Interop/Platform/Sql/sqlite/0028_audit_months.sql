-- Ids are in the order of time: the key leads where time alone is asked for.
drop index audit_entries_at;

-- Months that were archived as files and dropped: on PostgreSQL. This engine keeps its log whole.
create table audit_archives (
    month text primary key,
    numbers text not null,
    entries integer not null,
    sha256 blob not null check (length(sha256) = 32),
    told_by text not null,
    at integer not null
);
create trigger audit_archives_no_update before update on audit_archives begin
    select raise(abort, 'The audit log is only ever appended to.');
end;
create trigger audit_archives_no_delete before delete on audit_archives begin
    select raise(abort, 'The audit log is only ever appended to.');
end;
create trigger audit_archives_no_replace before insert on audit_archives when exists (select 1 from audit_archives where month = new.month) begin
    select raise(abort, 'The audit log is only ever appended to.');
end;

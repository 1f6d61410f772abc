-- There are no schemas here, and no roles: nothing to do.
select 1;

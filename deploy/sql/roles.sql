-- Two roles: one that owns the schema and migrates it, one that the servers run as. The second cannot change or delete what was
-- logged, nor the schema. To be run with psql by an administrator of the database server, before the first `migrate`
-- and after each; as often as you like.
--
--   psql -v owner=interop_owner -v server=interop_server -v database=interop -f deploy/sql/roles.sql
--
-- Variables: owner, server, database (these are their defaults); owner_password and server_password, set where given.
\set ON_ERROR_STOP on
\set QUIET on
\if :{?owner}
\else
  \set owner interop_owner
\endif
\if :{?server}
\else
  \set server interop_server
\endif
\if :{?database}
\else
  \set database interop
\endif
set client_min_messages = warning;

select format('create role %I login', name) from (values (:'owner'), (:'server')) r (name)
where not exists (select from pg_roles where rolname = name) \gexec
select format('set log_statement = ''none''') where (select rolsuper from pg_roles where rolname = current_user) \gexec
\if :{?owner_password}
alter role :"owner" password :'owner_password';
\endif
\if :{?server_password}
alter role :"server" password :'server_password';
\endif
-- An administrator who is no superuser acts for the owner as its member.
select format('grant %I to current_user', :'owner') where not pg_has_role(:'owner', 'usage') \gexec
select format('create database %I owner %I', :'database', :'owner') where not exists (select from pg_database where datname = :'database') \gexec
\connect :"database"
set client_min_messages = warning;

revoke all on database :"database" from public;
grant connect on database :"database" to :"server";
revoke create on schema public from public;
-- A pause of the disk must not undo what was acknowledged, whatever the server's default.
alter role :"server" in database :"database" set synchronous_commit = on;

-- The modules' schemas, before their first table, so that what is granted by default holds for every table that is to come.
select format('create schema if not exists %I authorization %I', name, :'owner')
from unnest(array['platform', 'directory', 'persons', 'matters', 'consent', 'referrals', 'compliance', 'delivery', 'audit', 'identity', 'fhir']) name \gexec
alter default privileges for role :"owner" grant usage on schemas to :"server";
select format(line, nspname, :'server', :'owner')
from pg_namespace, unnest(array[
  'grant usage on schema %1$I to %2$I',
  'grant select, insert, update, delete on all tables in schema %1$I to %2$I',
  'grant usage, select on all sequences in schema %1$I to %2$I',
  'alter default privileges for role %3$I in schema %1$I grant select, insert, update, delete on tables to %2$I',
  'alter default privileges for role %3$I in schema %1$I grant usage, select on sequences to %2$I']) with ordinality l (line, n)
where pg_get_userbyid(nspowner) = :'owner' and nspname <> 'audit' and nspname <> 'public' order by nspname, n \gexec

-- The log: looked at and added to.
grant usage on schema audit to :"server";
revoke all on all tables in schema audit from :"server";
grant select, insert on all tables in schema audit to :"server";
alter default privileges for role :"owner" in schema audit grant select, insert on tables to :"server";
-- Which version the database is of, migrate alone says.
select format('revoke insert, update, delete on platform.migrations from %I', :'server') where to_regclass('platform.migrations') is not null \gexec

using Interop.Platform.Engines;
using Npgsql;

namespace Interop.Server.Upkeep.Doctor;

/// <summary>What the server's role may do: everything that it needs, and nothing to what was logged.</summary>
internal static class RightsCheck
{
    const string Grant = "Run deploy/sql/roles.sql, and serve as the role interop_server.";

    public static async Task<IReadOnlyList<Finding>> OfAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var findings = new List<Finding>();
        var role = connection.UserName;
        if (await AnyAsync(connection, "select 'superuser' from pg_roles where rolname = current_user and rolsuper", ct) is not null)
            findings.Add(Finding.Error("role-superuser", $"The server's role {role} is a superuser: nothing in the database is safe from it.", Grant));
        if (await AnyAsync(connection, "select string_agg(nspname, ', ' order by nspname) from pg_namespace where nspname = any($1) and (pg_has_role(nspowner, 'usage') or has_schema_privilege(oid, 'create'))", ct) is { } schemas)
            findings.Add(Finding.Error("role-owner", $"The server's role {role} can change the schema: {schemas}.", Grant));
        if (await AnyAsync(connection, $"select string_agg(c.relname, ', ' order by c.relname) from {Tables} where n.nspname = 'audit' and has_table_privilege(c.oid, 'update, delete, truncate')", ct) is { } log)
            findings.Add(Finding.Error("log-changeable", $"The server's role {role} may change or delete what was logged: {log}.", Grant));
        if (await AnyAsync(connection, $"select string_agg(t.tgname, ', ') from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'audit' and not t.tgisinternal and t.tgenabled not in ('O', 'A')", ct) is { } triggers)
            findings.Add(Finding.Error("log-unguarded", $"The triggers that refuse changes of the log are off: {triggers}.", "alter table … enable trigger …, and find out who turned them off."));
        if (await AnyAsync(connection, $"select string_agg(c.relname, ', ' order by c.relname) from {Tables} where not (has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select') and (c.relname = 'migrations' or has_table_privilege(c.oid, 'insert') and (n.nspname = 'audit' or has_table_privilege(c.oid, 'update') and has_table_privilege(c.oid, 'delete'))))", ct) is { } closed)
            findings.Add(Finding.Error("rights-missing", $"The server's role {role} may not use {closed}.", Grant));
        if (await AnyAsync(connection, "select string_agg(n.nspname, ', ' order by n.nspname) from pg_namespace n where n.nspname = any($1) and not exists (select 1 from pg_default_acl d, aclexplode(d.defaclacl) a where d.defaclnamespace = n.oid and d.defaclobjtype = 'r' and a.privilege_type = 'SELECT' and pg_has_role(a.grantee, 'usage'))", ct) is { } later)
            findings.Add(Finding.Warning("rights-later", $"Tables that a later version adds to {later} will be closed to the server's role {role}.", "Run deploy/sql/roles.sql: it sets default privileges."));
        if (findings.Count == 0)
            findings.Add(Finding.Ok("rights", $"The role {role} may do what it needs and cannot touch what was logged."));
        return findings;
    }

    const string Tables = "pg_class c join pg_namespace n on n.oid = c.relnamespace and n.nspname = any($1) and c.relkind in ('r', 'p')";

    static async Task<string?> AnyAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
#pragma warning disable CA2100 // constants of this class
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        if (sql.Contains("$1", StringComparison.Ordinal))
            command.Parameters.Add(new() { Value = PostgreSql.Schemas });
        return await command.ExecuteScalarAsync(ct) as string;
    }
}

using System.Diagnostics;
using Interop.Platform.Engines;
using Npgsql;

namespace Interop.Server.Upkeep.Doctor;

/// <summary>PostgreSQL: there, of this version's schema, on the same clock, and served by a role that cannot touch the log.</summary>
internal static class PostgreSqlCheck
{
    static readonly TimeSpan s_clock = TimeSpan.FromSeconds(2);

    public static async Task<DatabaseFindings> OfAsync(Place place, Surroundings surroundings, CancellationToken ct)
    {
        NpgsqlConnection connection;
        try
        {
            connection = await OpenAsync(place.Connection!, ct);
        }
        catch (Exception e) when (e is NpgsqlException or ArgumentException or TimeoutException)
        {
            return new([Finding.Error("database-unreachable", $"The database cannot be reached: {e.Message}.", "Start it, or correct ConnectionStrings__Interop.")], null);
        }
        await using (connection)
        {
            try
            {
                return await LookAsync(connection, place, surroundings, ct);
            }
            catch (NpgsqlException e)
            {
                return new([Finding.Error("database-unreadable", $"The server's role {connection.UserName} cannot look into the database: {e.Message}.", "Run deploy/sql/roles.sql on it.")], null);
            }
        }
    }

    /// <summary>A session that can change nothing.</summary>
    static async Task<NpgsqlConnection> OpenAsync(string text, CancellationToken ct)
    {
        var settings = new NpgsqlConnectionStringBuilder(text) { Pooling = false, Timeout = 5, CommandTimeout = 10, SearchPath = string.Join(',', PostgreSql.Schemas) };
        var connection = new NpgsqlConnection(settings.ConnectionString);
        try
        {
            await connection.OpenAsync(ct);
            await using var command = new NpgsqlCommand("set default_transaction_read_only = on", connection);
            await command.ExecuteNonQueryAsync(ct);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    static async Task<DatabaseFindings> LookAsync(NpgsqlConnection connection, Place place, Surroundings surroundings, CancellationToken ct)
    {
        var findings = new List<Finding> { Age(connection.PostgreSqlVersion, $"at {connection.Host}, database {connection.Database}, role {connection.UserName}"), await ClockAsync(connection, surroundings.Time, ct) };
        if (await TextAsync(connection, "show synchronous_commit", ct) is var commit && commit is "off" or "local")
            findings.Add(Finding.Error("commit-not-durable", $"synchronous_commit is {commit}: what was acknowledged can be lost.", "Set it to on, the default, for the server's role and database."));
        if (await TextAsync(connection, "select to_regclass('platform.migrations')::text", ct) is null)
            return new([.. findings, Finding.Error("schema-pending", "The database has no schema of the exchange, or hides it from the server's role.", "interop migrate, and deploy/sql/roles.sql")], null);
        var schema = await SchemaCheck.OfAsync(connection, "postgresql", ct);
        findings.AddRange(schema);
        if (schema[0].Severity is Severity.Error)
            return new(findings, null);
        findings.AddRange(await RightsCheck.OfAsync(connection, ct));
        findings.Add(await OwnerAsync(place, connection, ct));
        return new(findings, await SchemaCheck.SealingAsync(connection, ct));
    }

    public static Finding Age(Version version, string where) => version.Major >= 15
        ? Finding.Ok("database", $"PostgreSQL {version} {where}.")
        : Finding.Error("database-old", $"PostgreSQL {version} {where} is older than 15.", "Upgrade the database server.");

    static async Task<Finding> ClockAsync(NpgsqlConnection connection, TimeProvider time, CancellationToken ct)
    {
        var started = Stopwatch.GetTimestamp();
        await using var command = new NpgsqlCommand("select clock_timestamp()", connection);
        var its = (DateTime)(await command.ExecuteScalarAsync(ct))!;
        var took = Stopwatch.GetElapsedTime(started);
        var ahead = time.GetUtcNow().UtcDateTime - took / 2 - its;
        return ahead.Duration() < s_clock + took
            ? Finding.Ok("clock", $"This machine's and the database's are {ahead.TotalMilliseconds:0} ms apart.")
            : Finding.Error("clock-apart", $"This machine's clock is {ahead.Duration().TotalSeconds:0} s {(ahead > TimeSpan.Zero ? "ahead of" : "behind")} the database's: leases, tokens and consents are judged by both.", "Keep both by NTP.");
    }

    /// <summary>The role with which <c>migrate</c> works: it owns what it is to change.</summary>
    static async Task<Finding> OwnerAsync(Place place, NpgsqlConnection server, CancellationToken ct)
    {
        if (place.Owner is null)
            return Finding.Note("owner", "ConnectionStrings__InteropOwner is not set here: the owner's role was not looked at.", "Set it where `migrate` runs, and nowhere else.");
        try
        {
            await using var owner = await OpenAsync(place.Owner, ct);
            if (owner.UserName == server.UserName)
                return Finding.Error("owner-serves", $"ConnectionStrings__InteropOwner and __Interop name the same role, {owner.UserName}.", "Give the server a role of its own: deploy/sql/roles.sql.");
            return await TextAsync(owner, "select nspname::text from pg_namespace where nspname = any(string_to_array(current_setting('search_path'), ',')) and not pg_has_role(nspowner, 'usage')", ct) is { } foreign
                ? Finding.Error("owner-powerless", $"The role {owner.UserName} does not own the schema {foreign}: the next `migrate` fails.", "Run `migrate` as the role that owns it, or give it to this one.")
                : Finding.Ok("owner", $"{owner.UserName} owns the schema.");
        }
        catch (Exception e) when (e is NpgsqlException or ArgumentException or TimeoutException)
        {
            return Finding.Error("owner-unreachable", $"The owner's role cannot connect: {e.Message}.", "Correct ConnectionStrings__InteropOwner.");
        }
    }

    static async Task<string?> TextAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
#pragma warning disable CA2100 // constants of this class
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        return await command.ExecuteScalarAsync(ct) as string;
    }
}

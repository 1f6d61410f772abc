using System.Diagnostics;
using Npgsql;

namespace Interop.Server.Tests.World;

/// <summary>A PostgreSQL set up as deploy/sql/roles.sql does it: owned by one role, served by another.</summary>
public sealed class RoledStorage : Storage
{
    static readonly string? s_server = Environment.GetEnvironmentVariable("INTEROP_TEST_POSTGRES");

    readonly string _name = NewName();

    public override string? Missing =>
        string.IsNullOrEmpty(s_server) ? "No PostgreSQL: set INTEROP_TEST_POSTGRES, or run tests/run, which starts one."
        : !Psql.IsThere ? "No psql on the PATH: install postgresql-client."
        : null;

    public string Owner => $"{_name}_owner";

    public string Server => $"{_name}_server";

    public string Database => _name;

    public override string ConnectionString => As(Server);

    public string OwnerConnectionString => As(Owner);

    public string AdministratorConnectionString => As(new NpgsqlConnectionStringBuilder(s_server).Username!);

    public override async ValueTask CreateAsync() => await GrantAsync();

    /// <summary>Before the first migration and after each.</summary>
    public Task GrantAsync() => Psql.RunAsync(s_server!, "-v", $"owner={Owner}", "-v", $"server={Server}", "-v", $"database={_name}", "-f", Path.Combine(Repository.Root, "deploy", "sql", "roles.sql"));

    public async Task<object?> AdministerAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(AdministratorConnectionString);
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await using var source = NpgsqlDataSource.Create(s_server!);
        foreach (var sql in (string[])[$"drop database if exists {_name} with (force)", $"drop role if exists {Server}", $"drop role if exists {Owner}"])
        {
            await using var command = source.CreateCommand(sql);
            await command.ExecuteNonQueryAsync();
        }
    }

    string As(string role) => new NpgsqlConnectionStringBuilder(s_server) { Database = _name, Username = role, MaxPoolSize = 20 }.ConnectionString;
}

/// <summary>PostgreSQL's own client, against the server of the tests.</summary>
internal static class Psql
{
    public static bool IsThere { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(p => File.Exists(Path.Combine(p, "psql")));

    /// <summary>What libpq needs to know of an Npgsql connection string.</summary>
    public static Dictionary<string, string> SettingsOf(string connection)
    {
        var c = new NpgsqlConnectionStringBuilder(connection);
        return new() { ["PGHOST"] = c.Host!, ["PGPORT"] = c.Port.ToString(System.Globalization.CultureInfo.InvariantCulture), ["PGUSER"] = c.Username!, ["PGDATABASE"] = c.Database!, ["PGPASSWORD"] = c.Password ?? "" };
    }

    public static async Task RunAsync(string connection, params string[] args)
    {
        var start = new ProcessStartInfo("psql", ["-X", .. args]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in SettingsOf(connection))
            start.Environment[name] = value;
        using var psql = Process.Start(start)!;
        var (said, erred) = (psql.StandardOutput.ReadToEndAsync(), psql.StandardError.ReadToEndAsync());
        await psql.WaitForExitAsync();
        Assert.True(psql.ExitCode == 0, await said + await erred);
    }
}

using System.Diagnostics;
using System.Text.RegularExpressions;
using Interop.Server.Tests.World;
using Npgsql;

namespace Interop.Server.Tests.Server;

/// <summary>What deploy/README.md tells an operator to do is done, as it stands there.</summary>
public sealed partial class RunbookTests : IAsyncLifetime
{
    static readonly string? s_server = Environment.GetEnvironmentVariable("INTEROP_TEST_POSTGRES");
    static readonly TimeSpan s_patience = TimeSpan.FromMinutes(8);

    readonly string _root = System.IO.Directory.CreateTempSubdirectory("interop-runbook-").FullName;
    readonly string _name = $"runbook_{Environment.ProcessId}";

    public ValueTask InitializeAsync()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "It is written for bash.");
        Assert.SkipWhen(string.IsNullOrEmpty(s_server), "No PostgreSQL: set INTEROP_TEST_POSTGRES, or run tests/run, which starts one.");
        Assert.SkipUnless(Psql.IsThere, "No psql on the PATH: install postgresql-client.");
        return default;
    }

    public async ValueTask DisposeAsync()
    {
        if (!string.IsNullOrEmpty(s_server) && Psql.IsThere)
        {
            await BashAsync("systemctl stop interop");
            await using var source = NpgsqlDataSource.Create(s_server);
            foreach (var sql in (string[])[.. ((string[])["", "_restored", "_moved"]).Select(d => $"drop database if exists {_name}{d} with (force)"), $"drop role if exists {_name}_server", $"drop role if exists {_name}_owner"])
            {
                await using var command = source.CreateCommand(sql);
                await command.ExecuteNonQueryAsync();
            }
        }
        System.IO.Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public async Task An_operator_who_follows_it_installs_serves_backs_up_restores_rotates_upgrades_and_moves()
    {
        await using (var small = await Installation.NewAsync(new SqliteStorage()))
        {
            Assert.Equal(0, (await small.RunAsync("organisation", "add", "juzgado-chico", "Juzgado Chico", "court", $"--INTEROP_DATA={_root}/small")).Exit);
        }
        var readme = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "deploy", "README.md"));
        var steps = Step().Matches(readme).Select(m => m.Groups["commands"].Value).ToList();
        Assert.True(steps.Count >= 10, $"{steps.Count}");
        var (exit, said) = await BashAsync(string.Join('\n', steps));
        Assert.True(exit == 0, said);

        Assert.Contains("operador", said, StringComparison.Ordinal); // what the API answered to the first client
        Assert.DoesNotContain("\nerror ", said, StringComparison.Ordinal);
        Assert.Contains("counted and compared", said, StringComparison.Ordinal);
        Assert.Equal("juzgado-chico", await AskAsync($"{_name}_moved", "select string_agg(id, ',') from directory.organisations"));
        // The log was restored entry by entry, under roles that cannot change it there either.
        const string log = "select string_agg(s.index || e.canonical || encode(e.salt, 'hex'), ' ' order by s.index) from audit.audit_entries e join audit.audit_sequence s on s.entry_id = e.id where s.index < 3";
        Assert.NotEqual("", await AskAsync(_name, log));
        Assert.Equal(await AskAsync(_name, log), await AskAsync($"{_name}_restored", log));
        Assert.Equal("42501", (await Assert.ThrowsAsync<PostgresException>(() => AskAsync($"{_name}_restored", "delete from audit.audit_entries", $"{_name}_server"))).SqlState);
        await ServesAsync($"{_name}_restored");
    }

    /// <summary>On what was restored, with the copy of the keys, the exchange goes on.</summary>
    async Task ServesAsync(string database)
    {
        await using var installation = await Installation.NewAsync(new SqliteStorage());
        installation.Environment["ConnectionStrings__Interop"] = new NpgsqlConnectionStringBuilder(s_server) { Database = database, Username = $"{_name}_server" }.ConnectionString;
        installation.Environment["INTEROP_KEYS"] = $"{_root}/keys/keys";
        var (exit, said) = await installation.RunAsync("client", "rotate", "operador");
        Assert.True(exit == 0, said);
        await using var serving = await installation.ServeAsync();
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["client_id"] = "operador", ["client_secret"] = said[(said.LastIndexOf(' ') + 1)..].Trim() });
        using var token = await serving.Http.PostAsync("/connect/token", form);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/clients") { Headers = { Authorization = new("Bearer", (await Reply.OfAsync(token)).Is(200)["access_token"]) } };
        using var answer = await serving.Http.SendAsync(request);
        Assert.Equal("operador", (await Reply.OfAsync(answer)).Is(200)["items[0].clientId"]);
    }

    static async Task<string> AskAsync(string database, string sql, string? role = null)
    {
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(s_server) { Database = database, Username = role ?? new NpgsqlConnectionStringBuilder(s_server).Username }.ConnectionString);
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync() as string ?? "";
    }

    async Task<(int Exit, string Said)> BashAsync(string commands)
    {
        var start = new ProcessStartInfo("bash", ["-euo", "pipefail", "-c", commands]) { WorkingDirectory = Repository.Root, RedirectStandardOutput = true, RedirectStandardError = true };
        var server = new NpgsqlConnectionStringBuilder(s_server);
        foreach (var (name, value) in Psql.SettingsOf(s_server!))
            start.Environment[name] = value;
        foreach (var (name, value) in (KeyValuePair<string, string>[])
        [
            new("PATH", $"{Path.Combine(Repository.Root, "tests", "runbook")}:{Environment.GetEnvironmentVariable("PATH")}"),
            new("ROOT", _root), new("INTEROP_ROOT", _root), new("VERSION", "1.0"), new("LISTEN", $"http://127.0.0.1:{Ports.Free()}"),
            new("OWNER", $"{_name}_owner"), new("SERVER", $"{_name}_server"), new("DATABASE", _name), new("DBHOST", server.Host!), new("DBPORT", $"{server.Port}"),
            new("BACKUP", $"{_root}/backup"), new("KEYBACKUP", $"{_root}/keys"), new("RESTORED", $"{_name}_restored"), new("MOVED", $"{_name}_moved"), new("OUTGROWN", $"{_root}/small"),
            // No compiler or build server may outlive the test.
            new("MSBUILDDISABLENODEREUSE", "1"), new("UseSharedCompilation", "false"),
        ])
            start.Environment[name] = value;
        using var bash = Process.Start(start)!;
        using var deadline = new CancellationTokenSource(s_patience);
        try
        {
            var (said, erred) = (bash.StandardOutput.ReadToEndAsync(deadline.Token), bash.StandardError.ReadToEndAsync(deadline.Token));
            await bash.WaitForExitAsync(deadline.Token);
            return (bash.ExitCode, await said + await erred);
        }
        finally
        {
            if (!bash.HasExited)
                bash.Kill(entireProcessTree: true);
        }
    }

    [GeneratedRegex("```bash runbook\n(?<commands>.+?)```", RegexOptions.Singleline)]
    private static partial Regex Step();
}

using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Interop.Platform;
using Interop.Server.Tests.World;
using Interop.Server.Upkeep.Doctor;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;

namespace Interop.Server.Tests.Server;

/// <summary>Each finding is provoked, and nothing is found where nothing is wrong.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public abstract class DoctorTests : IDisposable
{
    protected string Folder { get; } = System.IO.Directory.CreateTempSubdirectory("interop-doctor-").FullName;

    protected string Data => Path.Combine(Folder, "data");

    protected string Keys => Path.Combine(Folder, "keys");

    protected TestSurroundings Machine { get; } = new();

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        System.IO.Directory.Delete(Folder, recursive: true);
    }

    /// <summary>What is found with these settings, <c>Section:Name=value</c>.</summary>
    private protected async Task<IReadOnlyList<Finding>> FindAsync(params string[] settings)
    {
        var configuration = new ConfigurationManager { ["INTEROP_DATA"] = Data, ["INTEROP_KEYS"] = Keys, ["urls"] = "http://localhost:8080" };
        foreach (var setting in settings)
            configuration[setting[..setting.IndexOf('=', StringComparison.Ordinal)]] = setting[(setting.IndexOf('=', StringComparison.Ordinal) + 1)..];
        return await DoctorCommand.ExamineAsync(configuration, new(Machine, _ => Machine.FreeSpace), CancellationToken.None);
    }

    private protected async Task FindsAsync(Severity severity, string code, string words, params string[] settings)
    {
        var findings = await FindAsync(settings);
        var finding = findings.FirstOrDefault(f => f.Code == code && f.What.Contains(words, StringComparison.Ordinal));
        Assert.True(finding is not null, $"{code}: {words}\n{string.Join('\n', findings)}");
        Assert.Equal(severity, finding.Severity);
        Assert.True(finding.Remedy is not null || !finding.NeedsAction);
    }

    private protected async Task FindsNothingToDoAsync(params string[] settings) => Assert.DoesNotContain(await FindAsync(settings), f => f.NeedsAction);

    /// <summary>As a server's first start leaves it.</summary>
    private protected void MakeKeys()
    {
        var folder = new KeyFolder(new ConfigurationManager { ["INTEROP_KEYS"] = Keys }, new(Data));
        folder.GetOrMake("signing-0001.pem", Interop.Identity.SigningKeys.NewKey);
        folder.GetOrMake("wrapping.key", SecretBox.NewKey);
    }

    protected sealed class TestSurroundings : TimeProvider
    {
        public long FreeSpace { get; set; } = long.MaxValue;

        public TimeSpan Ahead { get; set; }

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Ahead;
    }
}

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class DoctorOfSettingsTests : DoctorTests
{
    [Theory]
    [InlineData("warning", "setting-unknown", "Server:KnownProxys", "Server:KnownProxys=10.0.0.1")]
    [InlineData("warning", "setting-unknown", "Identiy:Issuer", "Identiy:Issuer=https://exchange.example")]
    [InlineData("warning", "setting-unknown", "ConnectionStrings:Intreop", "ConnectionStrings:Intreop=Host=db")]
    [InlineData("warning", "setting-unknown", "INTEROP_DAT", "INTEROP_DAT=/srv")]
    [InlineData("error", "setting-invalid", "Identity:TokenLifetime", "Identity:TokenLifetime=02:00:00")]
    [InlineData("error", "setting-invalid", "Delivery:AllowedNetworks", "Delivery:AllowedNetworks=everywhere")]
    [InlineData("error", "setting-invalid", "Referrals", "Referrals:RespondWithin=00:00:01")]
    [InlineData("error", "setting-invalid", "there is no role", "Server:Roles=boss")]
    [InlineData("error", "setting-invalid", "On SQLite one process", "Server:Roles=api")]
    [InlineData("error", "setting-invalid", "Server:KnownProxies", "Server:KnownProxies=proxy")]
    [InlineData("error", "issuer-missing", "http://0.0.0.0:8080", "urls=http://0.0.0.0:8080")]
    [InlineData("error", "issuer-http", "http://exchange.example", "Identity:Issuer=http://exchange.example")]
    [InlineData("error", "proxies-everybody", "0.0.0.0/0", "Server:KnownProxies=0.0.0.0/0")]
    [InlineData("error", "proxies-everybody", "ASPNETCORE_FORWARDEDHEADERS_ENABLED", "FORWARDEDHEADERS_ENABLED=true")]
    [InlineData("warning", "proxies-missing", "all calls seem to come from that", "Identity:Issuer=https://exchange.example")]
    [InlineData("warning", "proxies-missing", "without TLS", "Identity:Issuer=https://exchange.example", "urls=http://*:8080")]
    [InlineData("error", "broker-address", "no address of a broker", "ConnectionStrings:Broker=rabbit")]
    public async Task A_setting_that_does_harm_is_found(string severity, string code, string words, params string[] settings) => await FindsAsync(Enum.Parse<Severity>(severity, ignoreCase: true), code, words, settings);

    [Fact]
    public async Task A_public_address_behind_a_known_proxy_is_well()
    {
        MakeKeys();
        await FindsNothingToDoAsync("Identity:Issuer=https://exchange.example", "Server:KnownProxies=127.0.0.1,10.1.0.0/16", "Delivery:AllowedNetworks:0=10.0.0.0/8");
    }

    [Fact]
    public async Task A_broker_that_does_not_answer_is_found_and_one_that_does_is_not()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var address = $"ConnectionStrings:Broker=amqp://user:geheim@127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/";
        await FindsAsync(Severity.Ok, "broker", "listens", address);
        listener.Stop();
        await FindsAsync(Severity.Error, "broker-unreachable", "127.0.0.1", address);
        Assert.DoesNotContain("geheim", string.Join('\n', await FindAsync(address)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broker_that_does_not_prove_itself_is_found()
    {
        using var authority = new PrivateAuthority();
        using var certificate = authority.IssueCertificate("localhost");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var served = ServeAsync();
        await FindsAsync(Severity.Error, "broker-certificate", "not trusted here", $"ConnectionStrings:Broker=amqps://user:geheim@localhost:{((IPEndPoint)listener.LocalEndpoint).Port}/");
        await Assert.ThrowsAnyAsync<Exception>(() => served); // it turned away

        async Task ServeAsync()
        {
            using var accepted = await listener.AcceptTcpClientAsync();
            await using var tls = new SslStream(accepted.GetStream());
            await tls.AuthenticateAsServerAsync(certificate);
            Assert.Equal(1, await tls.ReadAsync(new byte[1]));
        }
    }

    [Fact]
    public void Every_setting_that_the_README_names_or_the_source_reads_is_known()
    {
        var readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));
        var table = readme[readme.IndexOf("| setting | default | |", StringComparison.Ordinal)..];
        table = table[..table.IndexOf("\n\n", StringComparison.Ordinal)];
        var named = table.Split('\n').Skip(2).SelectMany(Names).Except(["ASPNETCORE_URLS", "OTEL_EXPORTER_OTLP_ENDPOINT"]).ToList(); // those are others'
        Assert.True(named.Count > 25, $"{named.Count}");
        Assert.All(named, n => Assert.Contains(n, KnownSettings.All));

        var source = System.IO.Directory.GetFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText);
        var read = source.SelectMany(t => Regex.Matches(t, """onfiguration(?:\[|\.GetValue(?:<\w+>)?\(|\.GetSection\()"(INTEROP_\w+|[A-Z]\w+:[\w:]+)["]""").Select(m => m.Groups[1].Value)).Distinct().ToList();
        Assert.True(read.Count > 10, $"{read.Count}");
        Assert.All(read.Except(["Kestrel:Endpoints"]), n => Assert.Contains(n, KnownSettings.All));

        // `RateLimits:ClientPerSecond`, `:ClientBurst` share their section.
        static IEnumerable<string> Names(string line)
        {
            var section = "";
            foreach (var name in Regex.Matches(line.Split('|')[1], "`([^`]+)`").Select(m => m.Groups[1].Value.Replace("__", ":", StringComparison.Ordinal)))
            {
                section = name.StartsWith(':') ? section : name.Split(':')[0];
                yield return name.StartsWith(':') ? section + name : name;
            }
        }
    }

    [Fact]
    public async Task A_key_folder_is_looked_at_for_what_is_open_broken_or_old()
    {
        await FindsAsync(Severity.Note, "keys-none", "no key folder");
        MakeKeys();
        await FindsNothingToDoAsync();

        File.SetUnixFileMode(Path.Combine(Keys, "wrapping.key"), (UnixFileMode)0b110_100_000);
        await FindsAsync(Severity.Error, "keys-open", "wrapping.key");
        File.SetUnixFileMode(Path.Combine(Keys, "wrapping.key"), (UnixFileMode)0b110_000_000);
        File.SetUnixFileMode(Keys, (UnixFileMode)0b111_101_000);
        await FindsAsync(Severity.Error, "keys-open", "may enter");
        File.SetUnixFileMode(Keys, (UnixFileMode)0b111_000_000);

        await File.WriteAllTextAsync(Path.Combine(Keys, "signing-0000.pem"), "no key");
        await FindsAsync(Severity.Error, "key-unusable", "signing-0000.pem");
        File.Delete(Path.Combine(Keys, "signing-0000.pem"));

        Machine.Ahead = TimeSpan.FromDays(400);
        await FindsAsync(Severity.Warning, "key-old", "signing-0001.pem");
        await FindsAsync(Severity.Warning, "key-old", "wrapping.key");
        Machine.Ahead = TimeSpan.Zero;
        await FindsNothingToDoAsync();
    }

    [Fact]
    public async Task It_says_one_finding_a_line_or_all_as_JSON_and_ends_as_they_are()
    {
        await using var installation = await Installation.NewAsync(new SqliteStorage());
        var (exit, said) = await installation.RunAsync("doctor");
        Assert.True(exit == 0, said);
        Assert.All(said.Split('\n'), line => Assert.Matches("^(ok|note|warning|error) +[a-z-]+ +[^ ]", line));
        Assert.False(System.IO.Directory.Exists(installation.Data));
        Assert.False(System.IO.Directory.Exists(installation.Keys));

        installation.Environment["TZDIR"] = "/nowhere";
        (exit, said) = await installation.RunAsync("doctor", "--json");
        Assert.Equal(1, exit);
        var finding = JsonNode.Parse(said)!["findings"]!.AsArray().Single(f => f!["needsAction"]!.GetValue<bool>());
        Assert.Equal(("error", "time-zones-missing"), (finding!["severity"]!.ToString(), finding["code"]!.ToString()));
        Assert.Contains("tzdata", finding["remedy"]!.ToString(), StringComparison.Ordinal);

        Assert.Equal(2, (await installation.RunAsync("doctor", "everything")).Exit);
    }

    /// <summary>A finding that no test provokes is a guess.</summary>
    [Fact]
    public void Every_finding_that_asks_for_something_is_provoked_by_a_test()
    {
        var tests = File.ReadAllText(Path.Combine(Repository.Root, "tests", "Interop.Server.Tests", "Server", "DoctorTests.cs"));
        var codes = System.IO.Directory.GetFiles(Path.Combine(Repository.Root, "src", "Interop.Server", "Upkeep", "Doctor")).Select(File.ReadAllText)
            .SelectMany(t => Regex.Matches(t, """(?:Finding\.(?:Warning|Error)\(|Severity\.Warning, )"([a-z-]+)""").Select(m => m.Groups[1].Value)).Distinct().ToList();
        Assert.True(codes.Count > 25, $"{codes.Count}");
        Assert.All(codes.Except(["keys-unreadable", "data-readonly"]), code => Assert.Contains($"\"{code}\"", tests, StringComparison.Ordinal)); // those two root can always do
    }
}

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class DoctorOnSqliteTests : DoctorTests
{
    [Fact]
    public async Task A_served_database_is_looked_at_without_touching_it()
    {
        await using var exchange = await Exchange.StartAsync(new SqliteStorage());
        await exchange.RunAsync<Interop.Audit.Sequencer>();
        var before = Files(exchange.Data);
        var settings = new[] { $"INTEROP_DATA={exchange.Data}", $"INTEROP_KEYS={exchange.Keys}" };
        await FindsAsync(Severity.Ok, "database", "being served", settings);
        await FindsAsync(Severity.Warning, "demonstration", "whose secrets everybody knows", settings);
        Assert.Equal(before, Files(exchange.Data));

        await exchange.StopAsync();
        SqliteConnection.ClearAllPools();
        before = Files(exchange.Data);
        await FindsAsync(Severity.Ok, "schema", "This version's", settings);
        Assert.Equal(before, Files(exchange.Data));
        await exchange.StartAgainAsync();
    }

    [Fact]
    public async Task What_is_wrong_with_the_folder_or_the_file_is_found()
    {
        await FindsAsync(Severity.Note, "data-none", "yet");
        await FindsAsync(Severity.Error, "data-folder", "is no folder", $"INTEROP_DATA={typeof(DoctorTests).Assembly.Location}");
        System.IO.Directory.CreateDirectory(Data, (UnixFileMode)0b111_101_101);
        await FindsAsync(Severity.Warning, "data-open", Data);
        File.SetUnixFileMode(Data, (UnixFileMode)0b111_000_000);
        await FindsNothingToDoAsync();

        Machine.FreeSpace = 500L * 1024 * 1024;
        await FindsAsync(Severity.Warning, "disk-full", "500 MiB");
        Machine.FreeSpace = 10;
        await FindsAsync(Severity.Error, "disk-full", "0 MiB");
        Machine.FreeSpace = long.MaxValue;

        var file = Path.Combine(Data, "interop.db");
        await File.WriteAllTextAsync(file, new string('x', 5000));
        await FindsAsync(Severity.Error, "database-unreadable", "cannot be read");
        File.Delete(file);
        await ExecuteAsync(file, "create table migrations (name text primary key, applied_at integer); create table facts (name text, value text); insert into migrations values ('0001_platform.sql', 1)");
        await FindsAsync(Severity.Error, "schema-pending", "0008_fhir.sql");
        await File.WriteAllTextAsync(file + "-wal", "x");
        await FindsAsync(Severity.Note, "data-unfinished", "cut off");
    }

    [Fact]
    public async Task Secrets_whose_key_is_not_there_are_found()
    {
        await using var exchange = await Exchange.StartAsync(new SqliteStorage());
        (await new Court(exchange).PostAsync("/v1/subscriptions", new JsonObject { ["channel"] = "webhook", ["url"] = "http://127.0.0.1:9/", ["events"] = new JsonArray("*"), ["payload"] = "id-only" })).Is(201);
        var settings = new[] { $"INTEROP_DATA={exchange.Data}", $"INTEROP_KEYS={exchange.Keys}" };
        Assert.DoesNotContain(await FindAsync(settings), f => f.Code == "key-missing");
        File.Move(Path.Combine(exchange.Keys, "wrapping.key"), Path.Combine(exchange.Keys, "wrapping.gone"));
        await FindsAsync(Severity.Error, "key-missing", "which is not in", settings);
        await FindsAsync(Severity.Error, "keys-missing", "secrets that only its keys open", $"INTEROP_DATA={exchange.Data}");
    }

    static List<string> Files(string folder) => [.. System.IO.Directory.GetFileSystemEntries(folder).Order(StringComparer.Ordinal).Select(f => $"{f} {File.GetLastWriteTimeUtc(f):O} {(File.Exists(f) ? new FileInfo(f).Length : 0)}")];

    static async Task ExecuteAsync(string file, string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }
}

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class DoctorOnPostgreSqlTests : DoctorTests, IAsyncLifetime
{
    readonly RoledStorage _storage = new();

    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(_storage.Missing is not null, _storage.Missing ?? "");
        await _storage.CreateAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_storage.Missing is null)
            await _storage.DisposeAsync();
    }

    [Fact]
    public async Task What_is_wrong_with_the_schema_and_the_roles_is_found()
    {
        string[] ours = [$"ConnectionStrings:Interop={_storage.ConnectionString}", $"ConnectionStrings:InteropOwner={_storage.OwnerConnectionString}"];
        MakeKeys();
        await FindsAsync(Severity.Error, "schema-pending", "no schema of the exchange", ours);
        await MigrateAsync();
        await FindsNothingToDoAsync(ours); // what was granted by default holds for every table
        await _storage.GrantAsync();
        await FindsNothingToDoAsync(ours);

        await FindsAsync(Severity.Note, "owner", "was not looked at", ours[0]);
        await FindsAsync(Severity.Error, "owner-serves", "the same role", ours[0], $"ConnectionStrings:InteropOwner={_storage.ConnectionString}");
        await FindsAsync(Severity.Error, "owner-unreachable", "cannot connect", ours[0], "ConnectionStrings:InteropOwner=Host=/nowhere;Timeout=1");
        await FindsAsync(Severity.Error, "role-owner", "audit", $"ConnectionStrings:Interop={_storage.OwnerConnectionString}");
        await FindsAsync(Severity.Error, "role-superuser", "superuser", $"ConnectionStrings:Interop={_storage.AdministratorConnectionString}");
        await WhileAsync($"grant delete on audit.audit_entries to {_storage.Server}", $"revoke delete on audit.audit_entries from {_storage.Server}", () => FindsAsync(Severity.Error, "log-changeable", "audit_entries", ours));
        await WhileAsync("alter table audit.audit_entries disable trigger all", "alter table audit.audit_entries enable trigger all", () => FindsAsync(Severity.Error, "log-unguarded", "audit_entries_append_only", ours));
        await WhileAsync($"revoke update on referrals.referrals from {_storage.Server}", $"grant update on referrals.referrals to {_storage.Server}", () => FindsAsync(Severity.Error, "rights-missing", "referrals", ours));
        await WhileAsync($"revoke select on platform.migrations from {_storage.Server}", $"grant select on platform.migrations to {_storage.Server}", () => FindsAsync(Severity.Error, "database-unreadable", "migrations", ours));
        await WhileAsync(
            $"alter default privileges for role {_storage.Owner} in schema consent revoke all on tables from {_storage.Server}",
            $"alter default privileges for role {_storage.Owner} in schema consent grant select, insert, update, delete on tables to {_storage.Server}",
            () => FindsAsync(Severity.Warning, "rights-later", "consent", ours));
        await WhileAsync($"alter schema fhir owner to {new Npgsql.NpgsqlConnectionStringBuilder(_storage.AdministratorConnectionString).Username}", $"alter schema fhir owner to {_storage.Owner}", () => FindsAsync(Severity.Error, "owner-powerless", "fhir", ours));
        await WhileAsync($"alter role {_storage.Server} set synchronous_commit = off; alter role {_storage.Server} in database {_storage.Database} reset synchronous_commit", $"alter role {_storage.Server} reset synchronous_commit", () => FindsAsync(Severity.Error, "commit-not-durable", "can be lost", ours));
        await WhileAsync("insert into platform.migrations values ('9999_later.sql', now())", "delete from platform.migrations where name = '9999_later.sql'", () => FindsAsync(Severity.Warning, "schema-newer", "9999_later.sql", ours));
        await FindsNothingToDoAsync(ours);

        Machine.Ahead = TimeSpan.FromMinutes(3);
        await FindsAsync(Severity.Error, "clock-apart", "180 s ahead", ours);
    }

    [Fact]
    public void A_server_that_is_too_old_is_found()
    {
        Assert.Equal(("database-old", Severity.Error), PostgreSqlCheck.Age(new(14, 9), "at db") is var old ? (old.Code, old.Severity) : default);
        Assert.Equal(Severity.Ok, PostgreSqlCheck.Age(new(15, 0), "at db").Severity);
    }

    [Fact]
    public async Task A_database_that_does_not_answer_is_found_and_its_password_stays_unsaid()
    {
        string[] settings = ["ConnectionStrings:Interop=Host=/nowhere;Username=interop;Password=geheim;Timeout=1"];
        await FindsAsync(Severity.Error, "database-unreachable", "cannot be reached", settings);
        Assert.DoesNotContain("geheim", string.Join('\n', await FindAsync(settings)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_whole_story_runs_under_a_role_that_cannot_touch_the_log()
    {
        await using var installation = Installation.At(_storage);
        installation.Environment["ConnectionStrings__InteropOwner"] = _storage.OwnerConnectionString;
        Assert.Equal(1, (await installation.RunAsync("migrate", "--ConnectionStrings:InteropOwner=")).Exit); // not the server's business
        Assert.Equal((0, ""), await installation.RunAsync("migrate"));
        await _storage.GrantAsync();
        var (exit, said) = await installation.RunAsync("demo", "--once", "--urls=http://127.0.0.1:0", "--ConnectionStrings:InteropOwner=");
        Assert.True(exit == 0, said);
        foreach (var sql in (string[])["update audit.audit_entries set outcome = 'x'", "delete from audit.audit_entries", "truncate audit.audit_entries", "delete from audit.audit_sequence", "delete from audit.audit_entries_default", "alter table audit.audit_entries detach partition audit.audit_entries_default",
            "select audit.make_month('2020-01-01')", "drop trigger audit_entries_append_only on audit.audit_entries", "create table audit.mine (id int)", "update platform.migrations set name = 'x'"])
            Assert.Equal("42501", (await Assert.ThrowsAsync<Npgsql.PostgresException>(() => AsServerAsync(sql))).SqlState);
        Assert.True((long)(await AsServerAsync("select count(*) from audit.audit_entries"))! > 20);
        // The months to come it may ask for, and owns none of them.
        await _storage.AdministerAsync("drop table audit.audit_entries_" + string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{TimeProvider.System.GetUtcNow().AddMonths(2):yyyy_MM}"));
        Assert.Equal(1, await AsServerAsync("select audit.make_months()"));
        Assert.Equal(0L, await AsServerAsync($"select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'audit' and pg_get_userbyid(c.relowner) <> '{_storage.Owner}'"));
    }

    async Task<object?> AsServerAsync(string sql)
    {
        await using var source = Npgsql.NpgsqlDataSource.Create(_storage.ConnectionString);
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    async Task MigrateAsync()
    {
        await using var installation = Installation.At(_storage);
        Assert.Equal((0, ""), await installation.RunAsync("migrate", $"--ConnectionStrings:InteropOwner={_storage.OwnerConnectionString}"));
    }

    async Task WhileAsync(string wrong, string right, Func<Task> look)
    {
        await _storage.AdministerAsync(wrong);
        await look();
        await _storage.AdministerAsync(right);
    }
}

using Interop.Server.Tests.World;
using Microsoft.EntityFrameworkCore;

namespace Interop.Server.Tests.Server;

/// <summary>The executable as an operator starts it: each test runs the program itself, on data of its own.</summary>
public abstract class CommandTests(Storage storage) : IAsyncLifetime
{
    Installation _installation = null!;

    public async ValueTask InitializeAsync() => _installation = await Installation.NewAsync(storage);

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_installation is not null)
            await _installation.DisposeAsync();
    }

    [Fact]
    public async Task Migrating_twice_is_migrating_once()
    {
        Assert.Equal((0, ""), await RunAsync("migrate"));
        Assert.Equal((0, ""), await RunAsync("migrate"));
    }

    [Fact]
    public async Task What_commands_set_up_is_served_with_no_demonstration_in_it()
    {
        Assert.Equal(0, (await RunAsync("migrate")).Exit);
        Assert.Equal(0, (await RunAsync("organisation", "add", "operador", "Operador", "operator")).Exit);
        var (exit, said) = await RunAsync("client", "add", "operador", "operador");
        Assert.Equal(0, exit);
        await using var serving = await ServeAsync();
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["client_id"] = "operador", ["client_secret"] = said[(said.LastIndexOf(' ') + 1)..].Trim() });
        using var token = await serving.Http.PostAsync("/connect/token", form);
        Assert.Equal("admin consents:evaluate directory:read directory:write", string.Join(' ', (await Reply.OfAsync(token)).Is(200)["scope"]!.Split(' ').Order(StringComparer.Ordinal)));
        using var court = await serving.Http.PostAsync("/connect/token", new FormUrlEncodedContent(new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["client_id"] = "juzgado-central", ["client_secret"] = "juzgado-central-secret" }));
        Assert.Equal(401, (int)court.StatusCode);
        using var swagger = await serving.Http.GetAsync("/openapi/v1.json");
        Assert.Equal(200, (int)swagger.StatusCode);
        Assert.DoesNotContain("juzgado-central-secret", await serving.Http.GetStringAsync("/swagger/index.js"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_is_disabled_by_command_too_and_for_good()
    {
        Assert.Equal(0, (await RunAsync("migrate")).Exit);
        Assert.Equal(0, (await RunAsync("organisation", "add", "juzgado-norte", "Juzgado Norte", "court")).Exit);
        Assert.Equal(0, (await RunAsync("client", "add", "sistema", "juzgado-norte")).Exit);
        Assert.Equal(0, (await RunAsync("client", "disable", "sistema")).Exit);
        Assert.Contains("disabled", (await RunAsync("client", "list")).Said, StringComparison.Ordinal);
        Assert.Equal(1, (await RunAsync("client", "rotate", "sistema")).Exit);
        Assert.Equal(1, (await RunAsync("client", "disable", "nobody")).Exit);
    }

    [Fact]
    public async Task The_demonstration_and_real_use_never_share_a_database()
    {
        Assert.Equal(0, (await RunAsync("demo", "--once", "--urls=http://127.0.0.1:0")).Exit);
        var (exit, said) = await RunAsync("serve", "--urls=http://127.0.0.1:0");
        Assert.Equal(1, exit);
        Assert.Contains("demonstration world", said, StringComparison.Ordinal);
        IsPlain(said);
    }

    [Fact]
    public async Task A_database_in_real_use_is_not_made_a_demonstration()
    {
        Assert.Equal(0, (await RunAsync("migrate")).Exit);
        Assert.Equal(0, (await RunAsync("organisation", "add", "juzgado-norte", "Juzgado Norte", "court")).Exit);
        var (exit, said) = await RunAsync("serve", "--demo", "--urls=http://127.0.0.1:0");
        Assert.Equal(1, exit);
        Assert.Contains("in real use", said, StringComparison.Ordinal);
        IsPlain(said);
    }

    protected static void IsPlain(string said) => Assert.DoesNotContain("   at ", said, StringComparison.Ordinal);

    protected Task<(int Exit, string Said)> RunAsync(params string[] command) => _installation.RunAsync(command);

    protected Task<ServerProcess> ServeAsync(params string[] args) => _installation.ServeAsync(args);
}

public sealed class CommandOnSqlite() : CommandTests(new SqliteStorage())
{
    [Theory]
    [InlineData("sevre")]
    [InlineData("client", "remove", "x")]
    public async Task What_it_does_not_know_ends_with_2_and_says_what_it_knows(params string[] command)
    {
        var (exit, said) = await RunAsync(command);
        Assert.Equal(2, exit);
        Assert.Contains("client rotate <id>", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--Identity:Issuer=nowhere", "Identity:Issuer")]
    [InlineData("--Identity:TokenLifetime=01:00:00", "Identity:TokenLifetime")]
    [InlineData("--Delivery:AllowedNetworks=everywhere", "Delivery:AllowedNetworks")]
    [InlineData("--RateLimits:ClientBurst=0", "RateLimits:ClientBurst")]
    [InlineData("--RateLimits:TokenPerSecond=many", "RateLimits:TokenPerSecond")]
    [InlineData("--Limits:MaxConnections=-1", "Limits:MaxConnections")]
    [InlineData("--Cors:Origins=*", "Cors:Origins")]
    [InlineData("--Identity:FailuresPerAddress=1", "Identity:FailuresPerAddress")]
    [InlineData("--Identity:Authority=http://issuer.example", "Identity:Authority")]
    [InlineData("--Identity:Authority=https://issuer.example", "Identity:Audience")]
    [InlineData("--Referrals:RespondWithin=00:00:01", "Referrals: RespondWithin")]
    public async Task A_setting_out_of_its_bounds_is_named_at_start(string setting, string name)
    {
        var (exit, said) = await RunAsync("serve", "--urls=http://127.0.0.1:0", setting);
        Assert.Equal(1, exit);
        Assert.Contains(name, said, StringComparison.Ordinal);
        IsPlain(said);
    }

    [Theory]
    [InlineData(2, "there is no role 'wroker'", "serve", "--roles", "api,wroker")]
    [InlineData(1, "On SQLite one process does everything", "serve", "--roles", "api")]
    [InlineData(1, "Identity:Issuer must be set", "serve", "--roles=worker", "--ConnectionStrings:Interop=Host=/nowhere")]
    [InlineData(1, "demo plays through every role", "demo", "--Server:Roles=api,identity", "--ConnectionStrings:Interop=Host=/nowhere", "--Identity:Issuer=https://exchange.example")]
    public async Task Roles_that_cannot_be_are_refused_with_the_reason(int code, string reason, params string[] command)
    {
        var (exit, said) = await RunAsync([.. command, "--urls=http://127.0.0.1:0"]);
        Assert.Equal(code, exit);
        Assert.Contains(reason, said, StringComparison.Ordinal);
        IsPlain(said);
    }

    [Theory]
    [InlineData("--urls=http://0.0.0.0:0", "Identity:Issuer")]
    [InlineData("--urls=http://localhost:0;http://*:0", "Identity:Issuer")]
    [InlineData("--Kestrel:Endpoints:Http:Url=http://[::]:0", "Identity:Issuer")]
    public async Task Off_loopback_it_must_be_told_under_which_name_it_is_reached(string setting, string name)
    {
        var (exit, said) = await RunAsync("serve", setting);
        Assert.Equal(1, exit);
        Assert.Contains(name, said, StringComparison.Ordinal);
        IsPlain(said);
    }

    [Theory]
    [InlineData("--urls=http://0.0.0.0:0")]
    [InlineData("--urls=http://127.0.0.1:0;http://+:0")]
    [InlineData("--Kestrel:Endpoints:Http:Url=http://exchange.example:0")]
    public async Task The_demonstration_stays_on_this_machine(string setting)
    {
        var (exit, said) = await RunAsync("serve", "--demo", setting, "--Identity:Issuer=https://exchange.example");
        Assert.Equal(1, exit);
        Assert.Contains("Demo:AllowRemote", said, StringComparison.Ordinal);
        IsPlain(said);
    }

    [Fact]
    public async Task Nothing_need_be_set_up_to_serve()
    {
        await using var serving = await ServeAsync();
        using var ready = await serving.Http.GetAsync("/health/ready");
        Assert.Equal("ready", (await Reply.OfAsync(ready)).Is(200)["status"]);
    }

    [Fact]
    public async Task A_second_process_on_the_same_file_is_refused()
    {
        await using var exchange = await Exchange.StartAsync(new SqliteStorage());
        foreach (var command in new string[][] { ["serve", "--urls=http://127.0.0.1:0"], ["client", "list"] })
        {
            var (exit, said) = await RunAsync([.. command, $"--INTEROP_DATA={exchange.Data}"]);
            Assert.Equal(1, exit);
            Assert.Contains("in use by another Interop process", said, StringComparison.Ordinal);
            IsPlain(said);
        }
        (await new Court(exchange).GetAsync("/v1/referrals")).Is(200);
    }
}

public sealed class CommandOnPostgreSql() : CommandTests(new PostgreSqlStorage())
{
    [Fact]
    public async Task To_serve_it_waits_for_migrate()
    {
        foreach (var command in new string[][] { ["serve", "--urls=http://127.0.0.1:0"], ["client", "list"] })
        {
            var (exit, said) = await RunAsync(command);
            Assert.Equal(1, exit);
            Assert.Contains("Run `migrate` first", said, StringComparison.Ordinal);
            IsPlain(said);
        }
        Assert.Equal(0, (await RunAsync("migrate")).Exit);
        await using var serving = await ServeAsync();
        using var ready = await serving.Http.GetAsync("/health/ready");
        Assert.Equal("ready", (await Reply.OfAsync(ready)).Is(200)["status"]);
    }

    [Fact]
    public async Task Two_that_migrate_at_once_both_end_well()
    {
        var runs = await Task.WhenAll(RunAsync("migrate"), RunAsync("migrate"));
        Assert.All(runs, r => Assert.True(r.Exit == 0, r.Said));
    }
}

/// <summary>What the process says of itself while its database is not as it should be.</summary>
public abstract class ReadinessTests(SharedExchange shared) : ExchangeTests(shared)
{
    [Fact]
    public async Task It_lives_and_is_not_ready_while_the_schema_is_not_this_versions()
    {
        var exchange = await StartAsync(new());
        await exchange.LookAsync(db => db.Database.ExecuteSqlRawAsync("delete from migrations where name like '0008%'"));
        using var ready = await exchange.Http.GetAsync("/health/ready");
        Assert.Equal("migrating", (await Reply.OfAsync(ready)).Is(503)["status"]);
        using var live = await exchange.Http.GetAsync("/health/live");
        Assert.Equal("live", (await Reply.OfAsync(live)).Is(200)["status"]);
    }

    /// <summary>Migrations only add: nodes are replaced one by one, and can be put back.</summary>
    [Fact]
    public async Task The_version_before_serves_on_a_database_that_a_newer_one_has_migrated_and_does_not_migrate_it()
    {
        var exchange = await StartAsync(new());
        await exchange.LookAsync(db => db.Database.ExecuteSqlRawAsync("insert into migrations select '9999_from_the_future.sql', applied_at from migrations where name like '0008%'"));
        await exchange.RestartAsync();
        using var ready = await exchange.Http.GetAsync("/health/ready");
        (await Reply.OfAsync(ready)).Is(200);
        (await Case.SendAsync(exchange)).Referral.Is(201);
        var e = await Assert.ThrowsAsync<InvalidOperationException>(exchange.MigrateAgainAsync);
        Assert.Contains("9999_from_the_future", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_of_another_history_is_not_touched()
    {
        var exchange = await StartAsync(new());
        await exchange.LookAsync(db => db.Database.ExecuteSqlRawAsync("update migrations set name = '9999_from_the_future.sql' where name like '0008%'"));
        var e = await Assert.ThrowsAsync<InvalidOperationException>(() => exchange.RestartAsync());
        Assert.Contains("9999_from_the_future", e.Message, StringComparison.Ordinal);
    }
}

public sealed class ReadinessOnSqlite(SqliteExchange shared) : ReadinessTests(shared);

public sealed class ReadinessOnPostgreSql(PostgreSqlExchange shared) : ReadinessTests(shared);

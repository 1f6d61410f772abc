using Interop.Server.Tests.Delivery;
using Interop.Server.Tests.World;
using Npgsql;

namespace Interop.Server.Tests.Server;

/// <summary>
/// PostgreSQL is restarted, killed, replaced by its standby, full or closed, while the exchange serves: it answers 503, says that it
/// is not ready, loses nothing, and goes on by itself.
/// </summary>
[Collection(Weather.Name)]
public sealed class PostgresWeatherTests
{
    const int Lanes = 8;

    [Fact]
    public async Task A_database_that_is_restarted_under_load_is_waited_for_and_nothing_acknowledged_is_lost()
    {
        await using var pair = await PostgresPair.StartAsync();
        await UnderLoadAsync(pair, async (load, door, chance) =>
        {
            foreach (var mode in (string[])["fast", "immediate", "kill"])
            {
                await load.AcknowledgedAsync(chance.Next(20, 60));
                var refused = load.Refused.Count;
                await pair.EndAsync("a", mode);
                await Weather.IsReadyAsync(door, ready: false);
                await Eventually.HoldsAsync("requests were refused", () => load.Refused.Count > refused);
                await pair.BeginAsync("a");
                await Weather.IsReadyAsync(door);
            }
        });
    }

    [Fact]
    public async Task When_the_primary_is_killed_and_its_standby_promoted_everything_acknowledged_is_there_and_it_goes_on()
    {
        await using var pair = await PostgresPair.StartAsync();
        await UnderLoadAsync(pair, async (load, door, chance) =>
        {
            await load.AcknowledgedAsync(chance.Next(40, 100));
            await pair.EndAsync("a", "kill");
            await Weather.IsReadyAsync(door, ready: false);
            await pair.PromoteAsync();
            await Weather.IsReadyAsync(door);
        });
    }

    [Fact]
    public async Task What_no_standby_has_confirmed_is_not_acknowledged()
    {
        await using var pair = await PostgresPair.StartAsync();
        await using var exchange = await Exchange.StartAsync(pair.NewStorage("Command Timeout=2"));
        var door = new Door(exchange.Http);
        var body = A.Referral();
        (await door.GetAsync(Load.Court, "/v1/referrals")).Is(200); // its token

        await pair.EndAsync("b", "fast");
        var reply = await door.PostAsync(Load.Court, "/v1/referrals", body, "the-one");

        Weather.IsUnavailable(reply);
        Assert.Equal("urn:interop:problem:in-doubt", reply["type"]);
        await pair.EndAsync("a", "kill");
        await pair.BeginAsync("b");
        await pair.PromoteAsync();
        await Weather.IsReadyAsync(door);
        Assert.Empty((await door.GetAsync(Load.Court, "/v1/referrals")).Is(200).Items); // it was on the first server alone
        (await door.PostAsync(Load.Court, "/v1/referrals", body, "the-one")).Is(201);
    }

    [Fact]
    public async Task While_the_database_is_gone_each_face_says_so_in_its_own_words()
    {
        await using var pair = await PostgresPair.StartAsync();
        await using var exchange = await Exchange.StartAsync(pair.NewStorage());
        var door = new Door(exchange.Http);
        var referral = (await door.PostAsync(Load.Court, "/v1/referrals", A.Referral())).Is(201);
        (await door.GetAsync(Load.Clinic, "/fhir/Task")).Is(200);

        await pair.EndAsync("a", "immediate");

        foreach (var path in (string[])["/v1/referrals", $"/v1/referrals/{referral.Id}", "/v1/events", "/v1/nothing"])
            Weather.IsUnavailable(await door.GetAsync(Load.Court, path));
        await FacesSaySoAsync(door);
        using var live = await exchange.Http.GetAsync("/health/live");
        Assert.Equal(200, (int)live.StatusCode);
        using var metadata = await exchange.Http.GetAsync("/fhir/metadata");
        Assert.Equal(200, (int)metadata.StatusCode);

        await pair.BeginAsync("a");
        await Weather.IsReadyAsync(door);
        (await door.GetAsync(Load.Court, $"/v1/referrals/{referral.Id}")).Is(200);
    }

    [Fact]
    public async Task A_database_that_takes_no_more_connections_is_unavailable_until_it_does()
    {
        await using var pair = await PostgresPair.StartAsync();
        await using var exchange = await Exchange.StartAsync(pair.NewStorage("Pooling=false"));
        var door = new Door(exchange.Http);
        (await door.GetAsync(Load.Court, "/v1/referrals")).Is(200);
        var taken = new List<NpgsqlConnection>();
        var full = await Assert.ThrowsAsync<PostgresException>(async () =>
        {
            while (true)
            {
                taken.Add(new($"{exchange.Storage.ConnectionString};Pooling=false"));
                await taken[^1].OpenAsync();
            }
        });
        Assert.Equal(PostgresErrorCodes.TooManyConnections, full.SqlState);

        Weather.IsUnavailable(await door.GetAsync(Load.Court, "/v1/referrals"));
        await Weather.IsReadyAsync(door, ready: false);

        foreach (var connection in taken)
            await connection.DisposeAsync();
        await Weather.IsReadyAsync(door);
        (await door.GetAsync(Load.Court, "/v1/referrals")).Is(200);
    }

    [Fact]
    public async Task An_exhausted_pool_is_answered_503_and_who_was_waiting_within_is_answered_in_the_end()
    {
        await using var exchange = await Exchange.StartAsync(new PostgreSqlStorage("Maximum Pool Size=2;Timeout=3"));
        var door = new Door(exchange.Http);
        (await door.GetAsync(Load.Court, "/v1/referrals")).Is(200);
        await using var source = NpgsqlDataSource.Create(exchange.Storage.ConnectionString);
        await using var connection = await source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var take = new NpgsqlCommand("lock table referrals.referrals in access exclusive mode", connection))
            await take.ExecuteNonQueryAsync();

        var within = Enumerable.Range(0, 2).Select(_ => door.GetAsync(Load.Court, "/v1/referrals")).ToList();
        await Eventually.HoldsAsync("both connections wait", async () =>
        {
            await using var waiting = source.CreateCommand("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'");
            return (long)(await waiting.ExecuteScalarAsync())! == 2;
        });
        Weather.IsUnavailable(await door.GetAsync(Load.Court, "/v1/events"));
        await Weather.IsReadyAsync(door, ready: false);

        await transaction.RollbackAsync();
        Assert.All(await Task.WhenAll(within), reply => reply.Is(200));
        await Weather.IsReadyAsync(door);
    }

    [Fact]
    public async Task A_database_that_is_read_only_is_not_ready_though_it_answers_queries()
    {
        await using var exchange = await Exchange.StartAsync(new PostgreSqlStorage("Pooling=false"));
        var door = new Door(exchange.Http);
        (await door.GetAsync(Load.Court, "/v1/referrals")).Is(200);

        await SetReadOnlyAsync(exchange, true);
        Weather.IsUnavailable(await door.GetAsync(Load.Court, "/v1/referrals")); // reading is recorded before it is answered (P2)
        await Weather.IsReadyAsync(door, ready: false);

        await SetReadOnlyAsync(exchange, false);
        await Weather.IsReadyAsync(door);
        (await door.GetAsync(Load.Court, "/v1/referrals")).Is(200);
    }

    static async Task SetReadOnlyAsync(Exchange exchange, bool on)
    {
        var database = new NpgsqlConnectionStringBuilder(exchange.Storage.ConnectionString).Database;
        await using var source = NpgsqlDataSource.Create($"{exchange.Storage.ConnectionString};Options=-c default_transaction_read_only=off");
        await using var command = source.CreateCommand($"alter database {database} set default_transaction_read_only = {(on ? "on" : "off")}");
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>OperationOutcome for FHIR, OAuth's own error at the token endpoint; each with when to try again.</summary>
    internal static async Task FacesSaySoAsync(Door door)
    {
        var outcome = await door.GetAsync(Load.Clinic, "/fhir/Task");
        Assert.Equal((503, "application/fhir+json", "OperationOutcome", "transient"), (outcome.Status, outcome.Type?.MediaType, outcome["resourceType"], outcome["issue[0].code"]));
        var token = await door.AskForTokenAsync(Load.Court, $"{Load.Court}-secret");
        Assert.Equal((503, "application/json", "temporarily_unavailable"), (token.Status, token.Type?.MediaType, token["error"]));
        Assert.All([outcome, token], r => Assert.True(r.Headers.RetryAfter?.Delta > TimeSpan.Zero));
    }

    /// <summary>What happens happens under load; then the books are held against what was acknowledged.</summary>
    static async Task UnderLoadAsync(PostgresPair pair, Func<Load, Door, Random, Task> happens)
    {
        var seed = Weather.Seed();
        await using var partner = new Partner();
        await partner.StartAsync();
        await using var exchange = await Exchange.StartAsync(pair.NewStorage(), new() { Workers = true });
        var door = new Door(exchange.Http);
        var load = new Load(door, seed);
        await load.SubscribeAsync(partner.Url);
        using var over = new CancellationTokenSource();
        var running = load.RunAsync(Lanes, over.Token);
        await happens(load, door, new(seed));
        await load.AcknowledgedAsync(40);
        await over.CancelAsync();
        await running;
        await load.SettleAsync(load.Stories);
        await Books.BalanceAsync(load, partner);
        Assert.NotEmpty(load.Refused);
        Assert.All(load.Refused, Weather.IsUnavailable);
    }
}

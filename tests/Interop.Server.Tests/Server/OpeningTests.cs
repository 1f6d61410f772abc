using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Server;

/// <summary>The exchange is started before its database is: it lives, is not ready, says so to whoever asks, and opens by itself.</summary>
[Collection(Weather.Name)]
public sealed class OpeningTests
{
    [Fact]
    public async Task A_database_that_is_not_there_yet_is_waited_for()
    {
        await using var pair = await PostgresPair.StartAsync();
        await using var exchange = await Restartable.NewAsync(pair.NewStorage());
        await pair.EndAsync("a", "fast");

        exchange.Start();
        await Eventually.HoldsAsync("it listens", async () => await exchange.Door.ReadinessAsync() is not null);
        Assert.Equal("no-database", (await exchange.Door.ReadinessAsync())!.Is(503)["status"]);
        foreach (var path in (string[])["/health/live", "/fhir/metadata", "/openapi/v1.json"])
        {
            using var answer = await exchange.Http.GetAsync(path);
            Assert.True(answer.IsSuccessStatusCode, $"{path}: {answer.StatusCode}");
        }
        using (var asked = await exchange.Http.GetAsync("/v1/referrals"))
            Weather.IsUnavailable(await Reply.OfAsync(asked)); // before anybody knows who asks
        using (var asked = await exchange.Http.GetAsync("/fhir/Task"))
            Assert.Equal("OperationOutcome", (await Reply.OfAsync(asked)).Is(503)["resourceType"]);
        Assert.Equal("temporarily_unavailable", (await exchange.Door.AskForTokenAsync(Load.Court, $"{Load.Court}-secret")).Is(503)["error"]);

        await pair.BeginAsync("a");
        await exchange.IsReadyAsync(); // the same process
        (await exchange.Door.PostAsync(Load.Court, "/v1/referrals", A.Referral())).Is(201);
        Assert.DoesNotContain("   at ", exchange.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_it_waits_it_ends_when_it_is_asked_to()
    {
        await using var pair = await PostgresPair.StartAsync();
        await using var exchange = await Restartable.NewAsync(pair.NewStorage());
        await pair.EndAsync("a", "fast");
        exchange.Start();
        await Eventually.HoldsAsync("it listens", async () => await exchange.Door.ReadinessAsync() is not null);

        await exchange.TerminateAsync();

        Assert.Equal(0, await exchange.EndedAsync());
        await pair.BeginAsync("a");
    }

    [Fact]
    public async Task What_it_finds_when_it_has_waited_it_judges_as_at_any_start()
    {
        await using var pair = await PostgresPair.StartAsync();
        await using var exchange = await Restartable.NewAsync(pair.NewStorage());
        await pair.EndAsync("a", "fast");
        exchange.Start("serve"); // nobody has run `migrate`
        await Eventually.HoldsAsync("it listens", async () => await exchange.Door.ReadinessAsync() is not null);

        await pair.BeginAsync("a");

        Assert.Equal(1, await exchange.EndedAsync());
        Assert.Contains("Run `migrate` first", exchange.Said, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", exchange.Said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Database=nowhere", "nowhere")]
    [InlineData("Username=nobody", "nobody")]
    public async Task What_waiting_does_not_mend_ends_it_with_the_reason(string setting, string reason)
    {
        await using var exchange = await Restartable.NewAsync(new PostgreSqlStorage());
        exchange.Start("serve", $"--ConnectionStrings:Interop={exchange.Storage.ConnectionString};{setting}");
        Assert.Equal(1, await exchange.EndedAsync());
        Assert.Contains(reason, exchange.Said, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", exchange.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_does_not_wait_and_says_in_a_line_what_is_wrong()
    {
        Assert.SkipWhen(new PostgreSqlStorage().Missing is not null, new PostgreSqlStorage().Missing ?? "");
        await using var exchange = await Restartable.NewAsync(new SqliteStorage());
        exchange.Start("migrate", $"--ConnectionStrings:Interop=Host={exchange.Data};Username=interop");
        Assert.Equal(1, await exchange.EndedAsync());
        Assert.Contains("The database cannot be used", exchange.Said, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", exchange.Said, StringComparison.Ordinal);
    }
}

using System.Text.Json.Nodes;
using Interop.Audit;
using Interop.Server.Tests.Identity;
using Interop.Server.Tests.World;
using Microsoft.EntityFrameworkCore;

namespace Interop.Server.Tests.Safety;

/// <summary>How often somebody may ask. Each exchange here is the test's own: its limits are low.</summary>
public abstract class RateLimitTests(SharedExchange shared) : IdentityTests(shared)
{
    [Fact]
    public async Task A_client_that_asks_too_often_is_told_when_to_try_again_and_nobody_else_notices()
    {
        var exchange = await StartAsync(new() { Settings = ["RateLimits:ClientPerSecond=1", "RateLimits:ClientBurst=20"] });
        var (court, clinic) = (new Court(exchange), new Clinic(exchange));
        var replies = await ManyAsync(80, () => court.GetAsync("/v1/referrals"));

        Assert.All(replies, r => Assert.Contains(r.Status, (int[])[200, 429]));
        Assert.Contains(replies, r => r.Status == 200);
        var refused = replies.Where(r => r.Status == 429).ToList();
        Assert.NotEmpty(refused);
        Assert.All(refused, r =>
        {
            r.Refuses(429);
            Assert.Equal("urn:interop:problem:too-many-requests", r["type"]);
            Assert.InRange(r.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
            Assert.Equal("\"client\";q=20;w=20", Assert.Single(r.Headers.GetValues("RateLimit-Policy")));
            Assert.StartsWith("\"client\";r=0;t=", Assert.Single(r.Headers.GetValues("RateLimit")), StringComparison.Ordinal);
        });
        (await clinic.GetAsync("/v1/referrals")).Is(200);
        await UntilAsync(200, () => court.GetAsync("/v1/referrals"));
    }

    [Fact]
    public async Task A_flood_is_one_entry_of_the_log()
    {
        var exchange = await StartAsync(new() { Settings = ["RateLimits:ClientPerSecond=1", "RateLimits:ClientBurst=5"] });
        var court = new Court(exchange);
        var refused = (await ManyAsync(60, () => court.GetAsync("/v1/referrals"))).Count(r => r.Status == 429);
        Assert.InRange(refused, 2, 60);
        var entry = Assert.Single(await court.AuditedAsync(), e => e.Outcome == "refused");
        Assert.Equal(("client.limit", "juzgado-central", "juzgado-central"), (entry.Operation, entry.Organisation, entry.ResourceId));
        Assert.Equal(429, JsonNode.Parse(entry.Canonical)!["details"]!["status"]!.GetValue<int>());
    }

    [Fact]
    public async Task Under_fhir_it_is_said_in_an_OperationOutcome()
    {
        var exchange = await StartAsync(new() { Settings = ["RateLimits:ClientPerSecond=1", "RateLimits:ClientBurst=3"] });
        var clinic = new Clinic(exchange);
        var refused = (await ManyAsync(40, () => clinic.GetAsync("/fhir/Task"))).First(r => r.Status == 429);
        Assert.Equal(("application/fhir+json", "OperationOutcome"), (refused.Type!.MediaType, refused["resourceType"]));
        Assert.NotNull(refused.Headers.RetryAfter);
    }

    [Fact]
    public async Task What_comes_with_no_valid_token_takes_nothing_from_the_client_that_it_names()
    {
        var exchange = await StartAsync(new() { Settings = ["RateLimits:ClientPerSecond=1", "RateLimits:ClientBurst=3"] });
        var court = new Court(exchange);
        var token = await court.TokenAsync();
        Assert.All(await ManyAsync(30, () => UseAsync(exchange, token + "x", "/v1/referrals")), r => r.Is(401));
        (await court.GetAsync("/v1/referrals")).Is(200);
    }

    [Fact]
    public async Task Who_shows_no_token_is_limited_by_address_and_writes_nothing_to_the_log()
    {
        var exchange = await StartAsync(new() { Settings = ["RateLimits:AddressPerSecond=1", "RateLimits:AddressBurst=5"] });
        var court = new Court(exchange);
        (await court.GetAsync("/v1/referrals")).Is(200);
        var before = await exchange.LookAsync(db => db.AuditEntries.CountAsync());

        var replies = await ManyAsync(60, () => UseAsync(exchange, "none", "/v1/referrals"));

        Assert.All(replies, r => Assert.Contains(r.Status, (int[])[401, 429]));
        Assert.Contains(replies, r => r.Status == 429 && r.Headers.RetryAfter is not null);
        Assert.Equal(before, await exchange.LookAsync(db => db.AuditEntries.CountAsync()));
        (await court.GetAsync("/v1/referrals")).Is(200);
        Assert.All(await ManyAsync(40, () => AnonymousAsync(exchange, "/health/live")), r => r.Is(200));
    }

    [Fact]
    public async Task The_token_endpoint_is_limited_by_address_and_says_so_as_OAuth_does()
    {
        var exchange = await StartAsync(new() { Settings = ["RateLimits:TokenPerSecond=1", "RateLimits:TokenBurst=5"] });
        var court = new Court(exchange);
        await court.TokenAsync();
        var refused = (await ManyAsync(60, () => TokenAsync(exchange, "juzgado-central", "juzgado-central-secret"))).First(r => r.Status == 429);
        Assert.Equal("slow_down", refused["error"]);
        Assert.NotNull(refused.Headers.RetryAfter);
        (await court.GetAsync("/v1/referrals")).Is(200);
    }

    [Fact]
    public async Task Spraying_one_guess_each_over_many_clients_is_locked_out_and_a_client_that_is_known_there_is_not()
    {
        var exchange = await StartAsync(new() { Clock = new(), Settings = ["Identity:FailuresPerAddress=20"] });
        (await TokenAsync(exchange, "juzgado-central", "juzgado-central-secret")).Is(200);
        for (var i = 0; i < 20; i++)
            IsInvalidClient(await TokenAsync(exchange, $"guess-{i}", "secret"));

        Assert.NotNull((await TokenAsync(exchange, "guess-20", "secret")).Is(429).Headers.RetryAfter);
        (await TokenAsync(exchange, "centro-esperanza", "centro-esperanza-secret")).Is(429);
        (await TokenAsync(exchange, "juzgado-central", "juzgado-central-secret")).Is(200);

        exchange.Clock!.Advance(TimeSpan.FromSeconds(61));
        (await TokenAsync(exchange, "centro-esperanza", "centro-esperanza-secret")).Is(200);
    }

    static async Task<Reply[]> ManyAsync(int times, Func<Task<Reply>> ask) => await Task.WhenAll(Enumerable.Range(0, times).Select(_ => ask()));

    static async Task<Reply> AnonymousAsync(Exchange exchange, string path)
    {
        using var response = await exchange.Http.GetAsync(path);
        return await Reply.OfAsync(response);
    }
}

public sealed class RateLimitOnSqlite(SqliteExchange shared) : RateLimitTests(shared);

public sealed class RateLimitOnPostgreSql(PostgreSqlExchange shared) : RateLimitTests(shared);

using System.Text.Json.Nodes;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Delivery;

/// <summary>Partners that hang or fail are their own affair (P4): everybody else's deliveries and the API go on meanwhile.</summary>
[Collection(Weather.Name)]
public abstract class SlowPartnerTests(Storage storage)
{
    [Fact]
    public async Task While_one_partner_hangs_and_another_fails_the_rest_have_everything_and_requests_are_answered()
    {
        var seed = Weather.Seed();
        var release = new TaskCompletionSource();
        var hanging = 0;
        await using var partner = new Partner
        {
            Answer = async (received, _) =>
            {
                if (received.Path == "/hanging")
                {
                    Interlocked.Increment(ref hanging);
                    await release.Task;
                    Interlocked.Decrement(ref hanging);
                }
                return received.Path == "/failing" && !release.Task.IsCompleted ? 500 : 204;
            },
        };
        await partner.StartAsync();
        await using var exchange = await Exchange.StartAsync(storage, new() { Workers = true });
        var load = new Load(new Door(exchange.Http), seed);
        await load.SubscribeAsync(partner.Url);
        // Of the same organisations, so that what one of its subscriptions does is no matter to another either.
        foreach (var path in (string[])["hanging", "failing"])
            foreach (var party in (string[])[Load.Court, Load.Clinic])
                (await load.Door.PostAsync(party, "/v1/subscriptions", new() { ["channel"] = "webhook", ["url"] = $"{partner.Url}/{path}", ["events"] = new JsonArray("*"), ["payload"] = "id-only" })).Is(201);
        using var over = new CancellationTokenSource();
        var running = load.RunAsync(lanes: 6, over.Token);
        await load.AcknowledgedAsync(60);
        await over.CancelAsync();
        await running;

        await Books.BalanceAsync(load, partner); // everything is with the two that take it
        Assert.True(hanging > 0 && partner.Received.Any(r => r.Path == "/failing"), "Nobody hangs or fails.");
        Assert.Empty(load.Refused);
        release.SetResult();
    }
}

public sealed class SlowPartnerOnSqlite() : SlowPartnerTests(new SqliteStorage());

public sealed class SlowPartnerOnPostgreSql() : SlowPartnerTests(new PostgreSqlStorage());

using Interop.Contracts;
using Interop.Delivery;
using Interop.Platform;
using Interop.Server.Tests.World;
using Microsoft.EntityFrameworkCore;

namespace Interop.Server.Tests.Delivery;

/// <summary>The broker goes away and comes back: nobody but those who read from it notices, and they lose nothing (D9, D10).</summary>
public abstract class BrokerOutageTests(SharedExchange shared, OwnBroker own) : ExchangeTests(shared)
{
    [Fact] // P4
    public async Task A_broker_that_is_killed_under_load_loses_nothing_and_keeps_each_referrals_order()
    {
        using var turn = await own.TakeAsync();
        var exchange = await StartAsync(With(own));
        var court = new Court(exchange);
        var (id, queue) = await AmqpTests.SubscribeAsync(court, EventTypes.ReferralHeld, EventTypes.ReferralResumed);
        var cases = new List<Case>();
        for (var i = 0; i < 4; i++)
        {
            cases.Add(await Case.AdmitAsync(exchange));
            await cases[^1].MonitorAsync("treatment-status");
        }
        await using var reader = new QueueReader(own.Url, queue);
        var (acts, over) = (0, false);
        var load = cases.Select(async it =>
        {
            while (!Volatile.Read(ref over))
            {
                (await it.Clinic.HoldAsync(it.Id)).Is(200);
                (await it.Clinic.ResumeAsync(it.Id)).Is(200);
                Interlocked.Increment(ref acts);
            }
        }).ToList();

        await reader.HasAsync(received => received.Count > 20);
        await own.KillAsync();
        var (served, arrived) = (acts, reader.Received.Count);
        await Eventually.HoldsAsync("requests are served while the broker is down", () => acts >= served + 12);
        await own.StartAsync();
        await reader.HasAsync(received => received.Count > arrived);
        Volatile.Write(ref over, true);
        await Task.WhenAll(load);

        foreach (var it in cases)
            await reader.HasAsync(await AmqpTests.EventsAsync(exchange, it.Id, EventTypes.ReferralHeld, EventTypes.ReferralResumed));
        foreach (var lane in reader.Distinct.GroupBy(m => m.Event.Subject))
            Assert.Equal(lane.Select(m => m.Version).Order(), lane.Select(m => m.Version));
        Assert.Equal("active", (await court.GetAsync($"/v1/subscriptions/{id}")).Is(200)["status"]);
        Assert.Equal(0, await exchange.LookAsync(db => db.Deliveries.CountAsync(d => d.SubscriptionId == new Id<Subscription>(id) && d.Tries > 0))); // of the schedule nothing was used up
    }

    [Fact]
    public async Task A_server_that_starts_while_the_broker_is_down_serves_and_sends_when_it_is_there()
    {
        using var turn = await own.TakeAsync();
        await own.KillAsync();
        var exchange = await StartAsync(With(own));
        await Eventually.HoldsAsync("it is told that the broker is down", async () => await ReadyAsync(exchange) == ("ready", "down"));
        var court = new Court(exchange);
        var (id, queue) = await AmqpTests.SubscribeAsync(court);
        var test = (await court.PostAsync($"/v1/subscriptions/{id}/test")).Is(202);

        await own.StartAsync();
        await using var reader = new QueueReader(own.Url, queue);
        await reader.HasAsync(Guid.Parse(test["eventId"]!));
        Assert.Equal(("ready", "up"), await ReadyAsync(exchange));
        var attempts = (await court.GetAsync($"/v1/subscriptions/{id}/deliveries")).Is(200).Items.Single()["attempts"]!.AsArray();
        Assert.True(attempts.Count <= 1, "It tried while the broker was known to be down.");
    }

    [Fact]
    public async Task A_queue_whose_subscription_was_deleted_while_the_broker_was_down_is_removed_when_it_is_there()
    {
        using var turn = await own.TakeAsync();
        var exchange = await StartAsync(With(own));
        var court = new Court(exchange);
        var (id, queue) = await AmqpTests.SubscribeAsync(court);
        await Eventually.HoldsAsync("the queue is there", () => Rabbit.HasAsync(own.Url, queue));
        await own.KillAsync();
        (await court.SendAsync(HttpMethod.Delete, $"/v1/subscriptions/{id}", null)).Is(204);
        await exchange.RestartAsync(); // what is to be done outlives the process
        await own.StartAsync();
        await Eventually.HoldsAsync("the queue is gone", async () => !await Rabbit.HasAsync(own.Url, queue));
    }

    internal static ExchangeOptions With(OwnBroker broker) => new() { Workers = true, Settings = [$"ConnectionStrings:Broker={broker.Url}"] };

    internal static Task<(string? Status, string? Broker)> ReadyAsync(Exchange exchange) => ReadyAsync(exchange.Http);

    internal static async Task<(string? Status, string? Broker)> ReadyAsync(HttpClient http)
    {
        using var answer = await http.GetAsync("/health/ready");
        var reply = (await Reply.OfAsync(answer)).Is(200);
        return (reply["status"], reply["broker"]);
    }
}

public sealed class BrokerOutageOnSqlite(SqliteExchange shared, OwnBroker own) : BrokerOutageTests(shared, own);

public sealed class BrokerOutageOnPostgreSql(PostgreSqlExchange shared, OwnBroker own) : BrokerOutageTests(shared, own);

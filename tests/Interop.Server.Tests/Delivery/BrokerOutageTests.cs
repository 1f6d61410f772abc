using System.Collections.Concurrent;
using Interop.Contracts;
using Interop.Server.Tests.World;
using RabbitMQ.Client;

namespace Interop.Server.Tests.Delivery;

/// <summary>The broker goes away, comes back, or takes nothing. Nobody but those who read from it notices, and they lose nothing (D9, D10).</summary>
public abstract class BrokerOutageTests(SharedExchange shared, OwnBroker own) : ExchangeTests(shared)
{
    [Fact] // P4
    public async Task A_broker_that_is_killed_under_load_loses_nothing_and_keeps_each_referrals_order()
    {
        var broker = await own.TakeAsync();
        try
        {
            var exchange = await StartAsync(With(broker));
            var court = new Court(exchange);
            var (id, queue) = await AmqpTests.SubscribeAsync(exchange, court, EventTypes.ReferralHeld, EventTypes.ReferralResumed);
            var cases = new List<Case>();
            for (var i = 0; i < 4; i++)
            {
                cases.Add(await Case.AdmitAsync(exchange));
                await cases[^1].MonitorAsync("treatment-status");
            }
            await using var reader = new QueueReader(broker.Url, queue);
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
            await broker.KillAsync();
            var (served, arrived) = (acts, reader.Received.Count);
            await Eventually.HoldsAsync(() => acts >= served + 12, () => "Requests are not served while the broker is down.");
            await broker.StartAsync();
            await reader.HasAsync(received => received.Count > arrived);
            Volatile.Write(ref over, true);
            await Task.WhenAll(load);

            foreach (var it in cases)
                await reader.HasAsync(await AmqpTests.EventsAsync(exchange, it.Id, EventTypes.ReferralHeld, EventTypes.ReferralResumed));
            foreach (var lane in reader.Distinct.GroupBy(m => m.Event.Subject))
                Assert.Equal(lane.Select(m => m.Version).Order(), lane.Select(m => m.Version));
            Assert.Equal("active", (await court.GetAsync($"/v1/subscriptions/{id}")).Is(200)["status"]);
        }
        finally
        {
            broker.GiveBack();
        }
    }

    [Fact]
    public async Task A_server_that_starts_while_the_broker_is_down_serves_and_sends_when_it_is_there()
    {
        var broker = await own.TakeAsync();
        try
        {
            await broker.KillAsync();
            var exchange = await StartAsync(With(broker));
            Assert.Equal(("ready", "down"), await ReadyAsync(exchange));
            var court = new Court(exchange);
            var (id, queue) = await AmqpTests.SubscribeAsync(exchange, court);
            var test = (await court.PostAsync($"/v1/subscriptions/{id}/test")).Is(202);

            await broker.StartAsync();
            await using var reader = new QueueReader(broker.Url, queue);
            await reader.HasAsync(Guid.Parse(test["eventId"]!));
            Assert.Equal(("ready", "up"), await ReadyAsync(exchange));
            var attempts = (await court.GetAsync($"/v1/subscriptions/{id}/deliveries")).Is(200).Items.Single()["attempts"]!.AsArray();
            Assert.True(attempts.Count <= 1, "It tried while the broker was known to be down.");
        }
        finally
        {
            broker.GiveBack();
        }
    }

    [Fact]
    public async Task A_queue_whose_subscription_was_deleted_while_the_broker_was_down_is_removed_when_it_is_there()
    {
        var broker = await own.TakeAsync();
        try
        {
            var exchange = await StartAsync(With(broker));
            var court = new Court(exchange);
            var (id, queue) = await AmqpTests.SubscribeAsync(exchange, court);
            await Eventually.HoldsAsync(() => Rabbit.HasAsync(broker.Url, queue), () => "The queue is not there.");
            await broker.KillAsync();
            (await court.SendAsync(HttpMethod.Delete, $"/v1/subscriptions/{id}", null)).Is(204);
            await exchange.RestartAsync(); // what is to be done outlives the process
            await broker.StartAsync();
            await Eventually.HoldsAsync(async () => !await Rabbit.HasAsync(broker.Url, queue), () => "The queue is still there.");
        }
        finally
        {
            broker.GiveBack();
        }
    }

    [Fact] // D4
    public async Task A_broker_that_takes_nothing_delays_no_webhook()
    {
        var broker = await own.TakeAsync();
        await using var partner = new Partner();
        await partner.StartAsync();
        try
        {
            var exchange = await StartAsync(With(broker));
            var (court, clinic) = (new Court(exchange), new Clinic(exchange));
            var queued = new ConcurrentDictionary<Guid, string>();
            for (var i = 0; i < 6; i++)
            {
                var (id, queue) = await AmqpTests.SubscribeAsync(exchange, court);
                queued[id] = queue;
            }
            foreach (var queue in queued.Values)
                await Eventually.HoldsAsync(() => Rabbit.HasAsync(broker.Url, queue), () => "A queue is not there.");
            var hook = (await clinic.PostAsync("/v1/subscriptions", new() { ["channel"] = "webhook", ["url"] = $"{partner.Url}/hook", ["events"] = new System.Text.Json.Nodes.JsonArray("*") })).Is(201).Id;

            await broker.ControlAsync("set_vm_memory_high_watermark", "0"); // as if memory had run out
            var tests = new List<(Guid Subscription, Guid Event)>();
            foreach (var id in queued.Keys)
                for (var i = 0; i < 8; i++) // more lanes than go at once
                    tests.Add((id, Guid.Parse((await court.PostAsync($"/v1/subscriptions/{id}/test")).Is(202)["eventId"]!)));
            var test = (await clinic.PostAsync($"/v1/subscriptions/{hook}/test")).Is(202);
            await Eventually.HoldsAsync(() => partner.Received.Any(r => $"{r.Id}" == test["eventId"]), () => "The webhook waits for the broker.");
            await Eventually.HoldsAsync(async () => await ReadyAsync(exchange) == ("ready", "blocked"), () => "It is not told that the broker takes nothing.");

            await broker.ControlAsync("set_vm_memory_high_watermark", "0.4");
            foreach (var (id, queue) in queued)
            {
                await using var reader = new QueueReader(broker.Url, queue);
                await reader.HasAsync(tests.Where(t => t.Subscription == id).Select(t => t.Event));
                Assert.Equal("active", (await court.GetAsync($"/v1/subscriptions/{id}")).Is(200)["status"]);
            }
        }
        finally
        {
            await broker.ControlAsync("set_vm_memory_high_watermark", "0.4");
            broker.GiveBack();
        }
    }

    [Fact] // contracts/amqp
    public async Task A_partners_user_reads_its_own_queues_and_may_do_nothing_else()
    {
        var broker = await own.TakeAsync();
        try
        {
            var exchange = await StartAsync(With(broker));
            var (clinic, court) = (new Clinic(exchange), new Court(exchange));
            var (id, mine) = await AmqpTests.SubscribeAsync(exchange, clinic);
            var (_, others) = await AmqpTests.SubscribeAsync(exchange, court);
            foreach (var queue in new[] { mine, others })
                await Eventually.HoldsAsync(() => Rabbit.HasAsync(broker.Url, queue), () => "A queue is not there.");
            var user = A.Unique("esperanza");
            await broker.ControlAsync("add_user", user, "secret");
            await broker.ControlAsync("set_permissions", "-p", "/", user, "^$", "^$", "^interop\\.centro-esperanza\\.");
            var url = new UriBuilder(broker.Url) { UserName = user, Password = "secret" }.Uri.AbsoluteUri;

            await using var reader = new QueueReader(url, mine);
            var test = (await clinic.PostAsync($"/v1/subscriptions/{id}/test")).Is(202);
            await reader.HasAsync(Guid.Parse(test["eventId"]!));
            Assert.Equal(403, await Rabbit.RefusedAsync(url, channel => channel.BasicGetAsync(others, autoAck: false)));
            Assert.Equal(403, await Rabbit.RefusedAsync(url, channel => channel.QueueDeleteAsync(mine)));
            Assert.Equal(403, await Rabbit.RefusedAsync(url, channel => channel.BasicPublishAsync("", mine, mandatory: true, new BasicProperties(), new byte[1]).AsTask()));
        }
        finally
        {
            broker.GiveBack();
        }
    }

    static ExchangeOptions With(OwnBroker broker) => new() { Workers = true, Settings = [$"ConnectionStrings:Broker={broker.Url}"] };

    static async Task<(string? Status, string? Broker)> ReadyAsync(Exchange exchange)
    {
        using var answer = await exchange.Http.GetAsync("/health/ready");
        var reply = (await Reply.OfAsync(answer)).Is(200);
        return (reply["status"], reply["broker"]);
    }
}

public sealed class BrokerOutageOnSqlite(SqliteExchange shared, OwnBroker own) : BrokerOutageTests(shared, own);

public sealed class BrokerOutageOnPostgreSql(PostgreSqlExchange shared, OwnBroker own) : BrokerOutageTests(shared, own);

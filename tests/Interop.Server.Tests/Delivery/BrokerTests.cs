using System.Text.Json.Nodes;
using Interop.Delivery;
using Interop.Server.Tests.World;
using Microsoft.EntityFrameworkCore;
using RabbitMQ.Client;

namespace Interop.Server.Tests.Delivery;

/// <summary>What is between the exchange and the broker alone: the same whatever the database.</summary>
public sealed class BrokerTests(SqliteExchange shared, OwnBroker own) : ExchangeTests(shared)
{
    [Fact] // D4
    public async Task A_broker_that_takes_nothing_delays_no_webhook()
    {
        using var turn = await own.TakeAsync();
        await using var partner = new Partner();
        await partner.StartAsync();
        try
        {
            var exchange = await StartAsync(BrokerOutageTests.With(own));
            var (court, clinic) = (new Court(exchange), new Clinic(exchange));
            var queued = new Dictionary<Guid, string>();
            for (var i = 0; i < 17; i++) // with eight lanes each, more than there are for anybody
            {
                var (id, queue) = await AmqpTests.SubscribeAsync(court);
                queued[id] = queue;
            }
            foreach (var queue in queued.Values)
                await Eventually.HoldsAsync("the queue is there", () => Rabbit.HasAsync(own.Url, queue));
            var hook = (await clinic.PostAsync("/v1/subscriptions", new() { ["channel"] = "webhook", ["url"] = $"{partner.Url}/hook", ["events"] = new JsonArray("*") })).Is(201).Id;

            await own.ControlAsync("set_vm_memory_high_watermark", "0"); // as if memory had run out
            var events = new List<Guid>();
            foreach (var id in queued.Keys)
                for (var i = 0; i < Dispatcher.PerSubscription; i++)
                    events.Add(Guid.Parse((await court.PostAsync($"/v1/subscriptions/{id}/test")).Is(202)["eventId"]!));
            var test = (await clinic.PostAsync($"/v1/subscriptions/{hook}/test")).Is(202);
            await Eventually.HoldsAsync("the webhook arrives though the broker takes nothing", () => partner.Received.Any(r => $"{r.Id}" == test["eventId"]));
            await Eventually.HoldsAsync("it is told that the broker takes nothing", async () => await BrokerOutageTests.ReadyAsync(exchange) == ("ready", "blocked"));

            await own.ControlAsync("set_vm_memory_high_watermark", "0.4");
            await Eventually.HoldsAsync("all events are taken",
                async () => await exchange.LookAsync(db => db.Deliveries.CountAsync(d => events.Contains(d.EventId) && d.Status == DeliveryStatus.Delivered)) == events.Count);
            foreach (var queue in queued.Values)
                Assert.InRange(await Rabbit.AtAsync(own.Url, channel => channel.MessageCountAsync(queue)), (uint)Dispatcher.PerSubscription, uint.MaxValue);
            Assert.All((await court.GetAsync("/v1/subscriptions?limit=100")).Is(200).Items, s => Assert.Equal("active", s["status"]!.ToString()));
        }
        finally
        {
            await own.ControlAsync("set_vm_memory_high_watermark", "0.4");
        }
    }

    [Fact] // contracts/amqp/README.md
    public async Task The_exchange_and_its_partners_need_no_more_of_the_broker_than_the_contract_says()
    {
        using var turn = await own.TakeAsync();
        var (exchangeUser, clinicUser) = (A.Unique("interop"), A.Unique("esperanza"));
        await AddUserAsync(exchangeUser, @"^interop\.", @"^(interop\..*|amq\.default)$", @"^interop\.");
        await AddUserAsync(clinicUser, "^$", "^$", @"^interop\.centro-esperanza\.");
        var exchange = await StartAsync(new() { Workers = true, Settings = [$"ConnectionStrings:Broker={As(exchangeUser)}"] });
        var (clinic, court) = (new Clinic(exchange), new Court(exchange));
        var (id, mine) = await AmqpTests.SubscribeAsync(clinic);
        var (courts, others) = await AmqpTests.SubscribeAsync(court);
        foreach (var queue in new[] { mine, others })
            await Eventually.HoldsAsync("the queue is there", () => Rabbit.HasAsync(own.Url, queue));

        var url = As(clinicUser);
        await using var reader = new QueueReader(url, mine);
        var test = (await clinic.PostAsync($"/v1/subscriptions/{id}/test")).Is(202);
        await reader.HasAsync(Guid.Parse(test["eventId"]!));
        Assert.Equal(403, await Rabbit.RefusedAsync(url, channel => channel.BasicGetAsync(others, autoAck: false)));
        Assert.Equal(403, await Rabbit.RefusedAsync(url, channel => channel.QueueDeleteAsync(mine)));
        Assert.Equal(403, await Rabbit.RefusedAsync(url, channel => channel.BasicPublishAsync("", mine, mandatory: true, new BasicProperties(), new byte[1]).AsTask()));
        (await court.SendAsync(HttpMethod.Delete, $"/v1/subscriptions/{courts}", null)).Is(204);
        await Eventually.HoldsAsync("the queue is gone", async () => !await Rabbit.HasAsync(own.Url, others));
    }

    async Task AddUserAsync(string user, string configure, string write, string read)
    {
        await own.ControlAsync("add_user", user, "secret");
        await own.ControlAsync("set_permissions", "-p", "/", user, configure, write, read);
    }

    string As(string user) => new UriBuilder(own.Url) { UserName = user, Password = "secret" }.Uri.AbsoluteUri;
}

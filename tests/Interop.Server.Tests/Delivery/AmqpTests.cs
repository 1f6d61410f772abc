using System.Text.Json.Nodes;
using Interop.Audit;
using Interop.Contracts;
using Interop.Delivery;
using Interop.Delivery.Amqp;
using Interop.Platform;
using Interop.Platform.Events;
using Interop.Server.Tests.World;
using Microsoft.EntityFrameworkCore;

namespace Interop.Server.Tests.Delivery;

/// <summary>The promises of src/Interop/Delivery/README.md by AMQP, at a queue of a real broker and with a client that others wrote.</summary>
public abstract class AmqpTests(SharedExchange shared) : ExchangeTests(shared)
{
    [Fact] // D1, D3
    public async Task Events_arrive_in_the_subscriptions_own_queue_as_any_client_reads_them()
    {
        var (id, queue) = await SubscribeAsync(new Court(Exchange));
        Assert.Equal($"interop.juzgado-central.{id}", queue);
        await using var reader = new QueueReader(Rabbit.Url, queue);
        var it = await Case.SendAsync(Exchange);
        await it.MonitorAsync("treatment-status");
        (await it.Clinic.AcceptAsync(it.Id)).Is(200);
        (await it.Clinic.AdmitAsync(it.Id)).Is(200);
        (await it.Clinic.HoldAsync(it.Id)).Is(200);
        (await it.Clinic.ResumeAsync(it.Id)).Is(200);
        (await it.Clinic.DischargeAsync(it.Id)).Is(200);
        await reader.HasAsync(received => received.Any(m => m.Type == EventTypes.ReferralCompleted && m.Event.Subject == $"referrals/{it.Id}"));

        var mine = reader.Received.Where(m => m.Event.Subject == $"referrals/{it.Id}").ToList();
        Assert.Equal([EventTypes.ReferralSent, EventTypes.ReferralAccepted, EventTypes.ReferralAdmitted, EventTypes.ReferralHeld, EventTypes.ReferralResumed, EventTypes.ReferralCompleted], mine.Select(m => m.Type));
        Assert.Equal(mine.Select(m => m.Version).Order().Distinct(), mine.Select(m => m.Version));
        Assert.All(mine, m =>
        {
            Assert.Equal((CloudEvent.MediaType, 2, "interop"), (m.ContentType, m.DeliveryMode, m.AppId));
            Assert.Equal((m.Event.Id, m.Event.Type, TraceOf(m.Event.TraceParent)), (m.MessageId, m.Type, TraceOf(m.Traceparent)));
            Assert.Equal(["specversion", "id", "source", "type", "subject", "time", "datacontenttype", "traceparent", "data"], JsonNode.Parse(m.Body)!.AsObject().Select(p => p.Key));
            Assert.Equal(["referralId", "version", "link"], JsonNode.Parse(m.Body)!["data"]!.AsObject().Select(p => p.Key));
        });
        var deliveries = (await new Court(Exchange).GetAsync($"/v1/subscriptions/{id}/deliveries?status=delivered&limit=100")).Is(200).Items;
        Assert.Subset(deliveries.Select(d => d["eventId"]!.ToString()).ToHashSet(), mine.Select(m => m.MessageId).ToHashSet());
        Assert.All(deliveries, d => Assert.Null(d["attempts"]![0]!["error"]));
        var told = (await Exchange.EntriesAsync(all => all.Where(e => e.Operation == "event.deliver" && e.Outcome == Outcomes.Permitted))).Select(e => e.Canonical).ToList();
        Assert.All(mine, m => Assert.Single(told, e => e.Contains(m.MessageId, StringComparison.Ordinal) && e.Contains($"{id}", StringComparison.Ordinal)));
    }

    /// <summary>The trace of a traceparent: an event and its deliveries are of one.</summary>
    static string? TraceOf(string? traceParent) => traceParent?.Split('-')[1];

    [Fact]
    public async Task Nothing_of_the_person_is_in_a_queue()
    {
        var (_, queue) = await SubscribeAsync(new Clinic(Exchange));
        await using var reader = new QueueReader(Rabbit.Url, queue);
        var referral = A.Referral();
        var it = await Case.AdmitAsync(Exchange, referral);
        await it.MonitorAsync("treatment-status", "attendance");
        (await it.Clinic.ReportAsync(it.Id, "attendance", "attended")).Is(201);
        await reader.HasAsync(received => received.Any(m => m.Event.Subject == $"referrals/{it.Id}") && received.Any(m => m.Type == EventTypes.ConsentGranted));

        string[] personal = ["Pérez", "Ana", "1990-02-03", "posesión", "Evaluar", referral["matter"]!["number"]!.ToString(), referral["person"]!["identifiers"]![0]!["value"]!.ToString()];
        Assert.All(reader.Received, m => Assert.DoesNotContain(personal, p => m.Body.Contains(p, StringComparison.OrdinalIgnoreCase)));
    }

    [Fact] // D2, P3
    public async Task What_was_revoked_before_its_turn_does_not_reach_the_queue()
    {
        var court = new Court(Exchange);
        var (id, queue) = await SubscribeAsync(court);
        await using var reader = new QueueReader(Rabbit.Url, queue);
        var it = await Case.AdmitAsync(Exchange);
        await it.MonitorAsync("treatment-status");
        (await it.Clinic.HoldAsync(it.Id)).Is(200);
        await reader.HasAsync(received => received.Any(m => m.Type == EventTypes.ReferralHeld && m.Event.Subject == $"referrals/{it.Id}"));

        (await it.RevokeAsync(it.Monitoring)).Is(200);
        (await it.Clinic.ResumeAsync(it.Id)).Is(200);
        var withheld = (await EventsAsync(Exchange, it.Id, EventTypes.ReferralResumed)).Single();
        await Eventually.HoldsAsync("the delivery is withheld",
            () => Exchange.LookAsync(db => db.Deliveries.AnyAsync(d => d.EventId == withheld && d.SubscriptionId == new Id<Subscription>(id) && d.Status == DeliveryStatus.Withheld)));
        Assert.DoesNotContain($"{withheld}", reader.Received.Select(m => m.MessageId));
    }

    [Fact]
    public async Task A_queue_is_durable_replicated_of_bounded_length_and_refuses_what_comes_on_top()
    {
        var (_, queue) = await SubscribeAsync(new Court(Exchange));
        await ThereAsync(queue);
        Dictionary<string, object?> Properties(long length) => new() { ["x-queue-type"] = "quorum", ["x-overflow"] = "reject-publish", ["x-max-length"] = length };
        // A queue is declared again only with the very properties that it has.
        Assert.Equal(0, await Rabbit.RefusedAsync(Rabbit.Url, channel => channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, Properties(100_000))));
        Assert.Equal(406, await Rabbit.RefusedAsync(Rabbit.Url, channel => channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, Properties(100_001))));
    }

    [Theory]
    [InlineData("url", "https://8.8.8.8/", "url channel.no-url")]
    [InlineData("url", "https://name.invalid/", "url channel.no-url")]
    [InlineData("payload", "full", "payload channel.id-only")]
    [InlineData("queue", "mine", "queue member.unknown")]
    public async Task What_a_queue_cannot_have_is_named(string member, string value, string fault) =>
        (await new Court(Exchange).PostAsync("/v1/subscriptions", s_request.With(member, value))).Refuses(422, fault);

    [Fact] // P10
    public async Task It_is_made_once_listed_read_and_has_no_secret()
    {
        var court = new Court(Exchange);
        var first = (await court.PostAsync("/v1/subscriptions", s_request, ("Idempotency-Key", A.Unique("k")))).Is(201);
        Assert.Equal(("amqp", "active", "id-only", null, null), (first["channel"], first["status"], first["payload"], first["url"], first["secret"]));
        var key = A.Unique("k");
        var (once, again) = (await court.PostAsync("/v1/subscriptions", s_request, ("Idempotency-Key", key)), await court.PostAsync("/v1/subscriptions", s_request, ("Idempotency-Key", key)));
        Assert.Equal((once.Is(201)["id"], once["queue"]), (again.Is(201)["id"], again["queue"]));
        Assert.Contains(first["queue"], (await court.GetAsync("/v1/subscriptions?limit=100")).Is(200).Items.Select(i => i["queue"]?.ToString()));
        Assert.Equal(first["queue"], (await court.GetAsync($"/v1/subscriptions/{first["id"]}")).Is(200)["queue"]);
        (await court.PostAsync($"/v1/subscriptions/{first["id"]}/rotation")).Refuses(409, " subscription.no-secret");
        (await court.PostAsync($"/v1/subscriptions/{first["id"]}/resume")).Is(200);
        (await new Clinic(Exchange).GetAsync($"/v1/subscriptions/{first["id"]}")).Is(404);
    }

    [Fact]
    public async Task A_test_goes_to_the_queue()
    {
        var court = new Court(Exchange);
        var (id, queue) = await SubscribeAsync(court);
        await using var reader = new QueueReader(Rabbit.Url, queue);
        var test = (await court.PostAsync($"/v1/subscriptions/{id}/test")).Is(202);
        await reader.HasAsync(Guid.Parse(test["eventId"]!));
        Assert.Equal(EventTypes.Test, reader.Received.Single(m => m.MessageId == test["eventId"]).Type);
    }

    [Fact] // D11
    public async Task A_queue_that_somebody_removed_is_made_anew_once_its_reader_knows_and_nothing_is_lost()
    {
        var exchange = await StartAsync(Options with { Clock = new TestClock() });
        var court = new Court(exchange);
        var (id, queue) = await SubscribeAsync(court);
        await using var reader = new QueueReader(Rabbit.Url, queue);
        await reader.HasAsync(await TestAsync()); // it is there
        // A connection that was just made sees to every queue once, and would make it again at the wrong moment.
        await Eventually.HoldsAsync("nothing is to be done to any queue", () => exchange.LookAsync(async db => !await db.QueueTasks.AnyAsync()));
        await Rabbit.RemoveAsync(Rabbit.Url, queue);

        var test = await TestAsync();
        await Eventually.HoldsAsync("it is missed", async () => (await court.GetAsync($"/v1/subscriptions/{id}")).Is(200)["failingSince"] is not null);
        Assert.Equal(exchange.Now + TimeSpan.FromSeconds(1), await exchange.LookAsync(db => db.QueueTasks.Select(t => t.DueAt).SingleAsync()));
        Assert.False(await Rabbit.HasAsync(Rabbit.Url, queue));
        exchange.Clock!.Advance(TimeSpan.FromSeconds(1));
        await reader.HasAsync(test);
        Assert.Equal(["queue-missing", null], (await DeliveredAsync(court, id, test))["attempts"]!.AsArray().Select(a => a!["error"]?.ToString()));
        Assert.Null((await court.GetAsync($"/v1/subscriptions/{id}")).Is(200)["failingSince"]);

        async Task<Guid> TestAsync() => Guid.Parse((await court.PostAsync($"/v1/subscriptions/{id}/test")).Is(202)["eventId"]!);
    }

    [Fact]
    public async Task Deleting_the_subscription_removes_its_queue()
    {
        var court = new Court(Exchange);
        var (id, queue) = await SubscribeAsync(court);
        await ThereAsync(queue);
        (await court.SendAsync(HttpMethod.Delete, $"/v1/subscriptions/{id}", null)).Is(204);
        await Eventually.HoldsAsync("the queue is gone", async () => !await Rabbit.HasAsync(Rabbit.Url, queue));
        (await court.GetAsync($"/v1/subscriptions/{id}")).Is(404);
        await Eventually.HoldsAsync("nothing is left to do", () => Exchange.LookAsync(db => db.QueueTasks.AllAsync(t => t.Queue != queue)));
    }

    [Fact] // D5, D6
    public async Task A_full_queue_is_its_readers_affair_and_what_it_did_not_take_follows_the_schedule_in_order()
    {
        var exchange = await StartAsync(Options with { Clock = new TestClock(), Settings = [.. Options.Settings, "Delivery:Amqp:MaxLength=3"] });
        var court = new Court(exchange);
        var it = await Case.AdmitAsync(exchange);
        await it.MonitorAsync("treatment-status");
        var (id, queue) = await SubscribeAsync(court, EventTypes.ReferralHeld, EventTypes.ReferralResumed);
        for (var i = 0; i < 5; i++)
        {
            (await it.Clinic.HoldAsync(it.Id)).Is(200);
            (await it.Clinic.ResumeAsync(it.Id)).Is(200);
        }
        await Eventually.HoldsAsync("something is refused", async () => (await court.GetAsync($"/v1/subscriptions/{id}")).Is(200)["failingSince"] is not null);
        Assert.Equal("active", (await court.GetAsync($"/v1/subscriptions/{id}"))["status"]);
        var refused = (await court.GetAsync($"/v1/subscriptions/{id}/deliveries?status=pending")).Is(200).Items.Single(d => d["attempts"]!.AsArray().Count > 0);
        Assert.Equal("queue-full", refused["lastError"]!.ToString());
        Assert.Equal(A.Time(exchange.Now + RetrySchedule.Delays[0]), A.Time(DateTimeOffset.Parse(refused["nextAttemptAt"]!.ToString(), null)));

        await using var reader = new QueueReader(Rabbit.Url, queue);
        await reader.HasAsync(received => received.Count >= 3);
        exchange.Clock!.Advance(RetrySchedule.Delays[0]);
        var all = await EventsAsync(exchange, it.Id, EventTypes.ReferralHeld, EventTypes.ReferralResumed);
        await reader.HasAsync(received => received.Count == all.Count || Advance());
        Assert.Equal(all.Select(e => $"{e}"), reader.Received.Select(m => m.MessageId));

        bool Advance() // a queue that was emptied may still say for a moment that it is full
        {
            exchange.Clock.Advance(TimeSpan.FromSeconds(1));
            return false;
        }
    }

    static readonly JsonObject s_request = new() { ["channel"] = "amqp", ["events"] = new JsonArray("*") };

    internal static async Task<(Guid Id, string Queue)> SubscribeAsync(Party party, params string[] events)
    {
        var answer = (await party.PostAsync("/v1/subscriptions", events.Length == 0 ? s_request : s_request.With("events", events))).Is(201);
        return (answer.Id, answer["queue"]!);
    }

    /// <summary>The ids of a referral's events of these types, in order.</summary>
    internal static Task<List<Guid>> EventsAsync(Exchange exchange, Guid referral, params string[] types) =>
        exchange.LookAsync(db => db.RecordedEvents.Where(e => e.Subject == $"referrals/{referral}" && types.Contains(e.Type)).OrderBy(e => e.Position).Select(e => e.Id).ToListAsync());

    static Task ThereAsync(string queue) => Eventually.HoldsAsync("the queue is there", () => Rabbit.HasAsync(Rabbit.Url, queue));

    static async Task<JsonNode> DeliveredAsync(Party party, Guid subscription, Guid e)
    {
        JsonNode? delivery = null;
        await Eventually.HoldsAsync("it is delivered",
            async () => (delivery = (await party.GetAsync($"/v1/subscriptions/{subscription}/deliveries?status=delivered&limit=100")).Is(200).Items.FirstOrDefault(d => d["eventId"]?.ToString() == $"{e}")) is not null);
        return delivery!;
    }
}

public sealed class AmqpOnSqlite(AmqpOnSqlite.Shared shared) : AmqpTests(shared), IClassFixture<AmqpOnSqlite.Shared>
{
    public sealed class Shared : SharedExchange
    {
        public override Storage NewStorage() => new SqliteStorage();

        public override ExchangeOptions NewOptions() => new() { Workers = true, Settings = [$"ConnectionStrings:Broker={Rabbit.Url}"] };
    }
}

public sealed class AmqpOnPostgreSql(AmqpOnPostgreSql.Shared shared) : AmqpTests(shared), IClassFixture<AmqpOnPostgreSql.Shared>
{
    public sealed class Shared : SharedExchange
    {
        public override Storage NewStorage() => new PostgreSqlStorage();

        /// <summary>Two nodes of a cluster, of which one is not there.</summary>
        public override ExchangeOptions NewOptions() => new() { Workers = true, Settings = [$"ConnectionStrings:Broker={Rabbit.Url.Replace("@", "@127.0.0.1:1,", StringComparison.Ordinal)}"] };
    }

    [Fact] // D1, D3
    public async Task Two_processes_share_the_work_and_each_referrals_events_stay_in_order()
    {
        var first = await StartAsync(Options);
        await using var second = await ServerProcess.BesideAsync(first, $"ConnectionStrings:Broker={Rabbit.Url}");
        var court = new Court(first);
        var (id, queue) = await SubscribeAsync(court, EventTypes.ReferralHeld, EventTypes.ReferralResumed);
        await using var reader = new QueueReader(Rabbit.Url, queue);
        var cases = new List<Case>();
        for (var i = 0; i < 6; i++)
        {
            cases.Add(await Case.AdmitAsync(first));
            await cases[^1].MonitorAsync("treatment-status");
        }
        await Task.WhenAll(cases.Select(async it =>
        {
            for (var i = 0; i < 5; i++)
            {
                (await new Clinic(first).HoldAsync(it.Id)).Is(200);
                (await new Clinic(first) { At = second.Http }.ResumeAsync(it.Id)).Is(200);
            }
        }));

        var all = new List<Guid>();
        foreach (var it in cases)
            all.AddRange(await EventsAsync(first, it.Id, EventTypes.ReferralHeld, EventTypes.ReferralResumed));
        await reader.HasAsync(all);
        Assert.Equal(60, all.Count);
        Assert.Equal(all.Select(e => $"{e}").Order(), reader.Received.Select(m => m.MessageId).Order());
        foreach (var lane in reader.Received.GroupBy(m => m.Event.Subject))
            Assert.Equal(lane.Select(m => m.Version).Order(), lane.Select(m => m.Version));
        Assert.Equal("active", (await court.GetAsync($"/v1/subscriptions/{id}")).Is(200)["status"]);
    }
}

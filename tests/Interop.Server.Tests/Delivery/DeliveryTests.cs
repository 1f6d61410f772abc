using Interop.Contracts;
using Interop.Delivery;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Delivery;

public sealed class DeliveryOnSqliteTests() : DeliveryTests(() => new SqliteStorage());

public sealed class DeliveryOnPostgreSqlTests() : DeliveryTests(() => new PostgreSqlStorage());

/// <summary>The promises of src/Interop/Delivery/README.md, numbered as there.</summary>
public abstract class DeliveryTests(Func<Storage> newStorage)
{
    static readonly Guid s_a = new("0195f0d2-0000-7000-8000-00000000000a");
    static readonly Guid s_b = new("0195f0d2-0000-7000-8000-00000000000b");
    static readonly TimeSpan s_soon = TimeSpan.FromSeconds(30);

    [Fact] // D1
    public async Task An_event_arrives_signed_with_its_own_id_and_the_recipients_version()
    {
        await using var world = await DeliveryWorld.StartAsync(newStorage());
        await world.ConsentAsync();
        var (id, secret) = await world.SubscribeAsync();
        var e = await world.HappenAsync(s_a, 3);
        await world.RunAsync();
        var received = Assert.Single(world.Partner.Received);
        Assert.Equal(WebhookVerdict.Valid, received.Verify(secret, world.Time.GetUtcNow()));
        Assert.Equal((e, $"{e}", "https://exchange.example"), (received.Id, received.Headers["webhook-id"], received.Event.Source));
        var data = Assert.IsType<ReferralEventData>(EventData.Of(received.Event));
        Assert.Equal((s_a, 30), (data.ReferralId, data.Version));
        Assert.False(received.Event.Data!.Value.TryGetProperty("view", out _));
        Assert.Equal([("event.deliver", "permitted")], await world.LogAsync("event.deliver"));
        var delivery = Assert.Single(await world.DeliveriesAsync(id));
        Assert.Equal(("delivered", 1, 204), (delivery.GetProperty("status").GetString(), delivery.GetProperty("number").GetInt32(), delivery.GetProperty("attempts")[0].GetProperty("status").GetInt32()));
    }

    [Fact]
    public async Task A_full_payload_carries_the_recipients_view()
    {
        await using var world = await DeliveryWorld.StartAsync(newStorage());
        await world.ConsentAsync();
        await world.SubscribeAsync(payload: "full");
        await world.HappenAsync(s_a, 1);
        await world.RunAsync();
        Assert.Equal(DeliveryWorld.Court, Assert.Single(world.Partner.Received).Event.Data!.Value.GetProperty("view").GetProperty("seenBy").GetString());
    }

    [Fact] // D3
    public async Task A_failing_head_holds_its_lane_and_no_other()
    {
        await using var world = await DeliveryWorld.StartAsync(newStorage());
        await world.SubscribeAsync();
        var a1 = await world.DisposeOfAsync(s_a, 1);
        var a2 = await world.DisposeOfAsync(s_a, 2);
        var b1 = await world.DisposeOfAsync(s_b, 1);
        var b2 = await world.DisposeOfAsync(s_b, 2);
        world.Partner.Answer = (r, _) => Task.FromResult(r.Id == a1 ? 500 : 200);
        await world.RunAsync();
        Assert.Equal([b1, b2], world.Partner.Received.Select(r => r.Id).Where(i => i != a1));
        Assert.DoesNotContain(a2, world.Partner.Received.Select(r => r.Id));

        var a3 = await world.DisposeOfAsync(s_a, 3);
        await world.RunAsync();
        Assert.DoesNotContain(a3, world.Partner.Received.Select(r => r.Id));

        world.Partner.Answers(200);
        world.Time.Pass(TimeSpan.FromSeconds(5));
        await world.RunAsync();
        Assert.Equal([a1, a2, a3], world.Partner.Received.TakeLast(3).Select(r => r.Id));
    }

    [Fact] // D3
    public async Task Two_dispatchers_deliver_each_event_once_and_each_lane_in_order()
    {
        await using var world = await DeliveryWorld.StartAsync(newStorage());
        await world.SubscribeAsync();
        var lanes = Enumerable.Range(0, 12).Select(i => new Guid($"0195f0d2-0000-7000-8000-{i:d12}")).ToList();
        var sent = new List<Guid>();
        for (var position = 1; position <= 4; position++)
            foreach (var lane in lanes)
                sent.Add(await world.DisposeOfAsync(lane, position));
        await world.RelayAsync();
        await Task.WhenAll(world.DispatchAsync(), world.DispatchAsync());
        await world.RunAsync();
        Assert.Equal(sent.Order(), world.Partner.Received.Select(r => r.Id).Order());
        foreach (var lane in world.Partner.Received.GroupBy(r => r.Event.Subject))
            Assert.Equal(lane.Select(r => sent.IndexOf(r.Id)).Order(), lane.Select(r => sent.IndexOf(r.Id)));
    }

    [Fact] // D4
    public async Task A_slow_partner_delays_nobody_else()
    {
        await using var world = await DeliveryWorld.StartAsync(newStorage());
        await world.SubscribeAsync("/slow");
        await world.SubscribeAsync("/fast", DeliveryWorld.Provider);
        var release = new TaskCompletionSource();
        world.Partner.Answer = async (r, _) =>
        {
            if (r.Path == "/slow")
                await release.Task;
            return 200;
        };
        for (var i = 0; i < 20; i++)
            await world.DisposeOfAsync(new Guid($"0195f0d2-0000-7000-8000-{i:d12}"), 1);
        await world.RelayAsync();
        var dispatching = world.DispatchAsync();
        await Eventually.HoldsAsync("the slow one is sent as many as it may be", () => world.Partner.Received.Count(r => r.Path == "/slow") == Dispatcher.PerSubscription, s_soon);
        await world.DisposeOfAsync(s_a, 1, DeliveryWorld.Provider);
        await world.RelayAsync();
        await Eventually.HoldsAsync("the fast one is sent its own", () => world.Partner.Received.Any(r => r.Path == "/fast"), s_soon);
        Assert.Equal(Dispatcher.PerSubscription, world.Partner.Received.Count(r => r.Path == "/slow"));
        release.SetResult();
        await dispatching;
        Assert.Equal(20, world.Partner.Received.Count(r => r.Path == "/slow"));
    }

    [Fact] // D2, P6
    public async Task What_no_consent_covers_is_withheld_and_leaves_no_trace()
    {
        await using var world = await DeliveryWorld.StartAsync(newStorage());
        var (id, _) = await world.SubscribeAsync();
        await world.HappenAsync(s_a, 1);
        await world.RunAsync();
        Assert.Empty(world.Partner.Received);
        Assert.Equal([("event.deliver", "denied")], await world.LogAsync("event.deliver"));
        Assert.Empty(await world.DeliveriesAsync(id));
        Assert.Empty(await world.DeliveriesAsync(id, "?status=withheld"));

        await world.ConsentAsync();
        await world.HappenAsync(s_a, 2);
        await world.RunAsync();
        Assert.Single(world.Partner.Received);
        Assert.Equal(1, Assert.Single(await world.DeliveriesAsync(id)).GetProperty("number").GetInt32());
    }

    [Fact] // D2, P3
    public async Task What_is_revoked_between_two_attempts_keeps_its_number_and_loses_its_content()
    {
        await using var world = await DeliveryWorld.StartAsync(newStorage());
        var consent = await world.ConsentAsync();
        var (id, _) = await world.SubscribeAsync();
        await world.HappenAsync(s_a, 1);
        world.Partner.Answers(503);
        await world.RunAsync();
        await world.RevokeAsync(consent);
        world.Partner.Answers(200);
        world.Time.Pass(TimeSpan.FromSeconds(5));
        await world.RunAsync();
        Assert.Single(world.Partner.Received);
        var delivery = Assert.Single(await world.DeliveriesAsync(id));
        Assert.Equal(("withheld", 1), (delivery.GetProperty("status").GetString(), delivery.GetProperty("number").GetInt32()));
        Assert.False(delivery.TryGetProperty("type", out _));
        Assert.False(delivery.TryGetProperty("eventId", out _));
        Assert.Equal(["denied", "failed", "permitted"], (await world.LogAsync("event.deliver")).Select(e => e.Outcome).Order());
    }

    [Fact] // D5
    public async Task After_the_whole_schedule_the_subscription_is_suspended_and_says_so()
    {
        await using var world = await DeliveryWorld.StartAsync(newStorage());
        var (id, _) = await world.SubscribeAsync();
        await world.SubscribeAsync("/other", events: EventTypes.SubscriptionSuspended);
        var a1 = await world.DisposeOfAsync(s_a, 1);
        world.Partner.Answer = (r, _) => Task.FromResult(r.Path == "/hook" ? 500 : 200);
        await world.RunAsync();
        foreach (var delay in RetrySchedule.Delays)
        {
            Assert.Equal("active", (await world.SubscriptionAsync(id)).GetProperty("status").GetString());
            world.Time.Pass(delay - TimeSpan.FromSeconds(1));
            Assert.Equal(0, await world.DispatchAsync());
            world.Time.Pass(TimeSpan.FromSeconds(1));
            await world.RunAsync();
        }
        var subscription = await world.SubscriptionAsync(id);
        Assert.Equal(("suspended", "exhausted"), (subscription.GetProperty("status").GetString(), subscription.GetProperty("reason").GetString()));
        Assert.Equal(1 + RetrySchedule.Delays.Count, world.Partner.Received.Count(r => r.Path == "/hook"));
        Assert.Equal(EventTypes.SubscriptionSuspended, Assert.Single(world.Partner.Received, r => r.Path == "/other").Event.Type);

        var a2 = await world.DisposeOfAsync(s_a, 2);
        world.Partner.Answers(200);
        world.Time.Pass(TimeSpan.FromDays(30));
        await world.RunAsync();
        Assert.Equal(1 + RetrySchedule.Delays.Count, world.Partner.Received.Count(r => r.Path == "/hook"));

        Assert.Equal(200, (await world.CallAsync(HttpMethod.Post, $"/v1/subscriptions/{id}/resume")).Status); // D6
        await world.RunAsync();
        Assert.Equal([a1, a2], world.Partner.Received.Where(r => r.Path == "/hook" && r.Event.Type == EventTypes.MatterDisposed).TakeLast(2).Select(r => r.Id));
        Assert.Equal("active", (await world.SubscriptionAsync(id)).GetProperty("status").GetString());
    }

    [Fact] // D5
    public async Task An_answer_of_410_suspends_at_once()
    {
        await using var world = await DeliveryWorld.StartAsync(newStorage());
        var (id, _) = await world.SubscribeAsync();
        await world.DisposeOfAsync(s_a, 1);
        world.Partner.Answers(410);
        await world.RunAsync();
        Assert.Equal("gone", (await world.SubscriptionAsync(id)).GetProperty("reason").GetString());
        world.Time.Pass(TimeSpan.FromDays(1));
        await world.RunAsync();
        Assert.Single(world.Partner.Received);
    }

    [Fact] // D5
    public async Task Retry_After_is_honoured()
    {
        await using var world = await DeliveryWorld.StartAsync(newStorage());
        await world.SubscribeAsync();
        await world.DisposeOfAsync(s_a, 1);
        world.Partner.Answer = (_, response) =>
        {
            response.Headers.RetryAfter = "120";
            return Task.FromResult(429);
        };
        await world.RunAsync();
        world.Time.Pass(TimeSpan.FromSeconds(119));
        await world.RunAsync();
        Assert.Single(world.Partner.Received);
        world.Time.Pass(TimeSpan.FromSeconds(1));
        await world.RunAsync();
        Assert.Equal(2, world.Partner.Received.Count);
    }

    [Fact] // D1
    public async Task What_was_leased_by_a_process_that_died_is_sent_by_another()
    {
        await using var world = await DeliveryWorld.StartAsync(newStorage());
        await world.SubscribeAsync();
        var e = await world.DisposeOfAsync(s_a, 1);
        await world.RelayAsync();
        Assert.Single(await world.ClaimAsync());
        await world.RunAsync();
        Assert.Empty(world.Partner.Received);
        world.Time.Pass(Courier.Lease);
        await world.RunAsync();
        Assert.Equal(e, Assert.Single(world.Partner.Received).Id);
    }

    [Fact] // D1
    public async Task What_a_living_process_carries_is_not_taken_from_it_however_slow_the_partner()
    {
        await using var world = await DeliveryWorld.StartAsync(newStorage());
        await world.SubscribeAsync();
        await world.DisposeOfAsync(s_a, 1);
        await world.RelayAsync();
        var holding = new TaskCompletionSource();
        world.Partner.Answer = async (_, _) => { await holding.Task; return 204; };
        var dispatching = world.DispatchAsync();
        await Eventually.HoldsAsync("it is sent", () => world.Partner.Received.Count == 1, s_soon);
        var begun = await world.LeasedUntilAsync();

        world.Time.Pass(Courier.Lease / 2);
        await Eventually.HoldsAsync("its lease is prolonged", async () => await world.LeasedUntilAsync() > begun, s_soon);
        world.Time.Pass(Courier.Lease / 2);
        Assert.Empty(await world.ClaimAsync());

        holding.SetResult();
        await dispatching;
        Assert.Single(world.Partner.Received);
        Assert.Null(await world.LeasedUntilAsync());
    }

    [Fact] // D1
    public async Task What_was_sent_by_a_process_that_died_before_it_could_record_so_is_sent_again_under_the_same_id()
    {
        await using var world = await DeliveryWorld.StartAsync(newStorage());
        var (id, _) = await world.SubscribeAsync();
        var e = await world.DisposeOfAsync(s_a, 1);
        await world.RelayAsync();
        await world.SendAndCrashAsync();
        world.Time.Pass(Courier.Lease);
        await world.RunAsync();
        Assert.Equal([$"{e}", $"{e}"], world.Partner.Received.Select(r => r.Headers["webhook-id"]));
        Assert.Equal(1, Assert.Single(await world.DeliveriesAsync(id)).GetProperty("number").GetInt32());
    }

    [Fact] // D7
    public async Task A_redirect_is_a_failure_and_is_not_followed()
    {
        await using var world = await DeliveryWorld.StartAsync(newStorage());
        var (id, _) = await world.SubscribeAsync();
        await world.DisposeOfAsync(s_a, 1);
        world.Partner.Answer = (_, response) =>
        {
            response.Headers.Location = "/elsewhere";
            return Task.FromResult(307);
        };
        await world.RunAsync();
        Assert.Equal("/hook", Assert.Single(world.Partner.Received).Path);
        Assert.Equal("redirect", Assert.Single(await world.DeliveriesAsync(id)).GetProperty("lastError").GetString());
    }

    [Fact] // D7
    public async Task An_address_that_has_come_to_lead_inside_is_not_connected_to()
    {
        await using var world = await DeliveryWorld.StartAsync(newStorage());
        var (id, _) = await world.SubscribeAsync();
        await world.ExecuteAsync($"update subscriptions set url = 'https://169.254.169.254/latest'");
        await world.DisposeOfAsync(s_a, 1);
        await world.RunAsync();
        Assert.Equal("address-refused", Assert.Single(await world.DeliveriesAsync(id)).GetProperty("lastError").GetString());
    }
}

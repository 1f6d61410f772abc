using System.Text.Json;
using Interop.Contracts;
using Interop.Delivery;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Delivery;

public sealed class SubscriptionsOnSqliteTests() : SubscriptionTests(() => new SqliteStorage());

public sealed class SubscriptionsOnPostgreSqlTests() : SubscriptionTests(() => new PostgreSqlStorage());

public abstract class SubscriptionTests(Func<Storage> newStorage)
{
    static readonly Guid s_a = new("0195f0d2-0000-7000-8000-00000000000a");

    [Fact]
    public async Task A_subscription_shows_its_secret_once()
    {
        await using var world = await DeliveryWorld.StartAsync(newStorage());
        var request = new { channel = "webhook", url = $"{world.Partner.Url}/hook", events = new[] { "*" } };
        var (status, first) = await world.CallAsync(HttpMethod.Post, "/v1/subscriptions", request, key: "k1");
        var (repeated, second) = await world.CallAsync(HttpMethod.Post, "/v1/subscriptions", request, key: "k1");
        Assert.Equal((201, 201), (status, repeated));
        Assert.StartsWith("whsec_", first.GetProperty("secret").GetString(), StringComparison.Ordinal);
        Assert.Equal(first.GetProperty("id").GetString(), second.GetProperty("id").GetString());
        Assert.False(second.TryGetProperty("secret", out _));
        var read = await world.SubscriptionAsync(first.GetProperty("id").GetString()!);
        Assert.False(read.TryGetProperty("secret", out _));
        Assert.Equal(("active", "id-only"), (read.GetProperty("status").GetString(), read.GetProperty("payload").GetString()));
        Assert.Equal([("subscription.create", "permitted")], await world.LogAsync("subscription.create"));
        Assert.Empty(world.Partner.Received);
    }

    [Theory]
    [InlineData("""{"channel":"amqp","events":["*"]}""", "channel", "channel.no-broker")]
    [InlineData("""{"channel":"webhook","events":["*"]}""", "url", "required")]
    [InlineData("""{"channel":"webhook","url":"https://10.0.0.1/","events":["*"]}""", "url", "address.refused")]
    [InlineData("""{"channel":"webhook","url":"http://8.8.8.8/","events":["*"]}""", "url", "address.https")]
    [InlineData("""{"channel":"webhook","url":"https://name.invalid/","events":["*"]}""", "url", "address.unresolvable")]
    [InlineData("""{"channel":"webhook","url":"https://a:b@8.8.8.8/","events":["*"]}""", "url", "address.user")]
    [InlineData("""{"channel":"webhook","url":"https://8.8.8.8/","events":["org.interop.unheard-of.v1"]}""", "events[0]", "code.unknown")]
    [InlineData("""{"channel":"webhook","url":"https://8.8.8.8/","events":[]}""", "events", "required")]
    [InlineData("""{"channel":"webhook","url":"https://8.8.8.8/","events":["*"],"payload":"all"}""", "payload", "code.unknown")]
    [InlineData("""{"channel":"webhook","url":"https://8.8.8.8/","events":["*"],"color":1}""", "color", "member.unknown")]
    public async Task What_is_wrong_with_a_subscription_is_named_where_it_stands(string request, string path, string code)
    {
        await using var world = await DeliveryWorld.StartAsync(newStorage());
        var (status, body) = await world.CallAsync(HttpMethod.Post, "/v1/subscriptions", JsonElement.Parse(request));
        Assert.Equal(422, status);
        var error = Assert.Single(body.GetProperty("errors").EnumerateArray());
        Assert.Equal((path, code), (error.GetProperty("path").GetString(), error.GetProperty("code").GetString()));
    }

    [Fact]
    public async Task A_subscription_is_its_own_organisations_alone()
    {
        await using var world = await DeliveryWorld.StartAsync(newStorage());
        var (id, _) = await world.SubscribeAsync();
        foreach (var (method, path) in new[] { (HttpMethod.Get, ""), (HttpMethod.Delete, ""), (HttpMethod.Get, "/deliveries"), (HttpMethod.Post, "/resume"), (HttpMethod.Post, "/rotation"), (HttpMethod.Post, "/test") })
        {
            Assert.Equal(404, (await world.CallAsync(method, $"/v1/subscriptions/{id}{path}", organisation: DeliveryWorld.Provider)).Status);
            Assert.Equal(404, (await world.CallAsync(method, $"/v1/subscriptions/not-there{path}")).Status);
        }
        Assert.Empty((await world.CallAsync(HttpMethod.Get, "/v1/subscriptions", organisation: DeliveryWorld.Provider)).Body.GetProperty("items").EnumerateArray());
        Assert.Single((await world.CallAsync(HttpMethod.Get, "/v1/subscriptions")).Body.GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task Deleting_withdraws_what_waits()
    {
        await using var world = await DeliveryWorld.StartAsync(newStorage());
        var (id, _) = await world.SubscribeAsync();
        await world.DisposeOfAsync(s_a, 1);
        world.Partner.Answers(500);
        await world.RunAsync();
        Assert.Equal(412, (await world.CallAsync(HttpMethod.Delete, $"/v1/subscriptions/{id}", ifMatch: "\"7\"")).Status);
        Assert.Equal(204, (await world.CallAsync(HttpMethod.Delete, $"/v1/subscriptions/{id}", ifMatch: "\"1\"")).Status);
        Assert.Equal(404, (await world.CallAsync(HttpMethod.Delete, $"/v1/subscriptions/{id}")).Status);
        world.Time.Pass(TimeSpan.FromDays(1));
        await world.RunAsync();
        Assert.Single(world.Partner.Received);
    }

    [Fact]
    public async Task Both_secrets_sign_for_a_day_after_a_rotation()
    {
        await using var world = await DeliveryWorld.StartAsync(newStorage());
        var (id, old) = await world.SubscribeAsync();
        var (status, rotated) = await world.CallAsync(HttpMethod.Post, $"/v1/subscriptions/{id}/rotation");
        var renewed = rotated.GetProperty("secret").GetString()!;
        Assert.Equal((200, 2), (status, rotated.GetProperty("version").GetInt32()));
        await world.DisposeOfAsync(s_a, 1);
        await world.RunAsync();
        Assert.Equal((WebhookVerdict.Valid, WebhookVerdict.Valid), (world.Partner.Received[0].Verify(old, world.Time.GetUtcNow()), world.Partner.Received[0].Verify(renewed, world.Time.GetUtcNow())));
        world.Time.Pass(SubscriptionSecrets.Overlap);
        await world.DisposeOfAsync(s_a, 2);
        await world.RunAsync();
        Assert.Equal((WebhookVerdict.NoMatchingSignature, WebhookVerdict.Valid), (world.Partner.Received[1].Verify(old, world.Time.GetUtcNow()), world.Partner.Received[1].Verify(renewed, world.Time.GetUtcNow())));
    }

    [Fact]
    public async Task A_test_goes_to_this_subscription_alone_even_while_it_is_suspended()
    {
        await using var world = await DeliveryWorld.StartAsync(newStorage());
        var (id, secret) = await world.SubscribeAsync();
        await world.SubscribeAsync("/other");
        world.Partner.Answer = (r, _) => Task.FromResult(r.Path == "/hook" ? 410 : 200);
        await world.DisposeOfAsync(s_a, 1);
        await world.RunAsync();

        var (status, body) = await world.CallAsync(HttpMethod.Post, $"/v1/subscriptions/{id}/test");
        Assert.Equal((202, "pending"), (status, body.GetProperty("status").GetString()));
        await world.RunAsync();
        Assert.Equal("failed", Assert.Single(await world.DeliveriesAsync(id, "?status=failed")).GetProperty("status").GetString());

        world.Partner.Answers(200);
        await world.CallAsync(HttpMethod.Post, $"/v1/subscriptions/{id}/test");
        await world.RunAsync();
        var test = world.Partner.Received[^1];
        Assert.Equal(("/hook", EventTypes.Test, null), (test.Path, test.Event.Type, test.Event.Subject));
        Assert.IsType<TestEventData>(EventData.Of(test.Event));
        Assert.Equal(WebhookVerdict.Valid, test.Verify(secret, world.Time.GetUtcNow()));
        Assert.Equal("suspended", (await world.SubscriptionAsync(id)).GetProperty("status").GetString());
        Assert.DoesNotContain(EventTypes.Test, (await PollAsync(world)).Items.Select(i => i.GetProperty("type").GetString()));
    }

    [Fact]
    public async Task Deliveries_are_paged_newest_first()
    {
        await using var world = await DeliveryWorld.StartAsync(newStorage());
        var (id, _) = await world.SubscribeAsync();
        var events = new List<string>();
        for (var i = 1; i <= 5; i++)
        {
            events.Insert(0, (await world.DisposeOfAsync(s_a, i)).ToString());
            await world.RunAsync();
            world.Time.Pass(TimeSpan.FromSeconds(1));
        }
        var seen = new List<string>();
        string? next = "";
        while (next is not null)
        {
            var (_, page) = await world.CallAsync(HttpMethod.Get, $"/v1/subscriptions/{id}/deliveries?limit=2{(next.Length > 0 ? $"&cursor={next}" : "")}");
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("eventId").GetString()!));
            next = page.GetProperty("next").GetString();
        }
        Assert.Equal(events, seen);
    }

    [Fact]
    public async Task Who_polls_reads_its_own_events_in_order_and_never_loops()
    {
        await using var world = await DeliveryWorld.StartAsync(newStorage());
        await world.ConsentAsync();
        var told = new List<string>();
        for (var i = 1; i <= 3; i++)
            told.Add((await world.HappenAsync(s_a, i)).ToString());
        await world.DisposeOfAsync(s_a, 1, DeliveryWorld.Provider);
        await world.RelayAsync();

        var (items, next) = await PollAsync(world, "?limit=2");
        Assert.Equal(told[..2], items.Select(i => i.GetProperty("id").GetString()!));
        Assert.Equal(10, items[0].GetProperty("data").GetProperty("version").GetInt32());
        Assert.Equal(("1.0", "https://exchange.example"), (items[0].GetProperty("specversion").GetString(), items[0].GetProperty("source").GetString()));
        Assert.Equal(items[1].GetProperty("number").GetString(), next);
        (items, next) = await PollAsync(world, $"?after={next}");
        Assert.Equal(told[2], Assert.Single(items).GetProperty("id").GetString());
        var (none, same) = await PollAsync(world, $"?after={next}");
        Assert.Empty(none);
        Assert.Equal(next, same);
        Assert.Equal(told[1..], (await PollAsync(world, $"?after={told[0]}")).Items.Select(i => i.GetProperty("id").GetString()!));
        Assert.Equal(1 + 2 + 2, (await world.LogAsync("event.poll")).Count);

        Assert.Equal(400, (await world.CallAsync(HttpMethod.Get, "/v1/events?after=nonsense")).Status);
        Assert.Equal(400, (await world.CallAsync(HttpMethod.Get, $"/v1/events?after={told[0]}", organisation: DeliveryWorld.Provider)).Status);
    }

    [Fact] // P6
    public async Task A_poll_passes_over_what_may_not_be_told_and_moves_no_more_than_others_make_it()
    {
        await using var world = await DeliveryWorld.StartAsync(newStorage());
        await world.HappenAsync(s_a, 1);
        await world.RelayAsync();
        var court = await PollAsync(world);
        var provider = await PollAsync(world, organisation: DeliveryWorld.Provider);
        Assert.Empty(court.Items);
        Assert.Equal(provider.Next, court.Next);
        Assert.Empty(await world.LogAsync("event.poll"));

        await world.ConsentAsync();
        await world.HappenAsync(s_a, 2);
        await world.RelayAsync();
        Assert.Single((await PollAsync(world, $"?after={court.Next}")).Items);
    }

    static async Task<(List<JsonElement> Items, string Next)> PollAsync(DeliveryWorld world, string query = "", string organisation = DeliveryWorld.Court)
    {
        var (status, body) = await world.CallAsync(HttpMethod.Get, $"/v1/events{query}", organisation: organisation);
        Assert.Equal(200, status);
        return ([.. body.GetProperty("items").EnumerateArray()], body.GetProperty("next").GetString()!);
    }
}

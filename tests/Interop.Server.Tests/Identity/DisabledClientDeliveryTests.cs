using System.Text.Json.Nodes;
using Interop.Delivery;
using Interop.Server.Tests.Delivery;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Identity;

/// <summary>Who must not ask any more is not told either, and what waits is lost to nobody.</summary>
public abstract class DisabledClientDeliveryTests(SharedExchange shared) : IdentityTests(shared)
{
    [Fact]
    public async Task What_a_disabled_client_subscribed_to_stops_with_it_and_another_client_of_the_organisation_takes_it_over()
    {
        var exchange = await StartAsync(new());
        await using var partner = new Partner();
        await partner.StartAsync();
        var admin = new Party(exchange, "admin");
        var (client, secret) = await NewClientAsync(exchange, "juzgado-central");
        var (software, court) = (new Court(exchange) { Client = client, Secret = secret }, new Court(exchange));
        var subscription = (await software.PostAsync("/v1/subscriptions", new JsonObject { ["channel"] = "webhook", ["url"] = partner.Url + "/hook", ["events"] = new JsonArray("*") })).Is(201).Id;

        var it = await Case.SendAsync(exchange);
        await exchange.RunAsync<Relay>();
        (await admin.PostAsync($"/v1/clients/{client}/disablement")).Is(200);
        await exchange.RunAsync<Dispatcher>();
        Assert.Empty(partner.Received);
        var suspended = (await court.GetAsync($"/v1/subscriptions/{subscription}")).Is(200);
        Assert.Equal(("suspended", "client-disabled"), (suspended["status"], suspended["reason"]));
        var feed = (await court.GetAsync("/v1/events")).Is(200);
        await exchange.RunAsync<Relay>();
        feed = (await court.GetAsync("/v1/events")).Is(200);
        Assert.Contains(feed.Items, e => e!["type"]!.ToString() == "org.interop.subscription.suspended.v1");

        Assert.Equal("active", (await court.PostAsync($"/v1/subscriptions/{subscription}/resume")).Is(200)["status"]);
        await exchange.RunAsync<Dispatcher>();
        Assert.Contains(partner.Received, r => r.Event.Subject == $"referrals/{it.Id}");
        // It is the court's now: what happens to the old client does not touch it.
        (await admin.PostAsync($"/v1/clients/{client}/disablement")).Is(200);
        Assert.Equal("active", (await court.GetAsync($"/v1/subscriptions/{subscription}")).Is(200)["status"]);
    }

    [Fact]
    public async Task Subscriptions_of_other_clients_and_of_a_rotated_one_go_on()
    {
        var exchange = await StartAsync(new());
        await using var partner = new Partner();
        await partner.StartAsync();
        var admin = new Party(exchange, "admin");
        var court = new Court(exchange);
        var (client, _) = await NewClientAsync(exchange, "juzgado-central");
        var kept = (await court.PostAsync("/v1/subscriptions", new JsonObject { ["channel"] = "webhook", ["url"] = partner.Url + "/hook", ["events"] = new JsonArray("*") })).Is(201).Id;
        (await admin.PostAsync($"/v1/clients/{client}/disablement")).Is(200);
        Assert.Equal("active", (await court.GetAsync($"/v1/subscriptions/{kept}")).Is(200)["status"]);
        var rotated = (await admin.PostAsync("/v1/clients/juzgado-central/rotation")).Is(200)["secret"]!;
        Assert.Equal("active", (await new Court(exchange) { Secret = rotated }.GetAsync($"/v1/subscriptions/{kept}")).Is(200)["status"]);
    }
}

public sealed class DisabledClientDeliveryOnSqlite(SqliteExchange shared) : DisabledClientDeliveryTests(shared);

public sealed class DisabledClientDeliveryOnPostgreSql(PostgreSqlExchange shared) : DisabledClientDeliveryTests(shared)
{
    [Fact]
    public async Task Another_process_cuts_a_disabled_client_off_within_a_second()
    {
        var exchange = await StartAsync(new());
        await using var other = await ServerProcess.BesideAsync(exchange);
        var (client, secret) = await NewClientAsync(exchange, "juzgado-central");
        var there = new Court(exchange) { Client = client, Secret = secret, At = other.Http };
        (await there.GetAsync("/v1/referrals")).Is(200);
        (await new Party(exchange, "admin").PostAsync($"/v1/clients/{client}/disablement")).Is(200);
        await UntilAsync(401, () => there.GetAsync("/v1/referrals"));
    }
}

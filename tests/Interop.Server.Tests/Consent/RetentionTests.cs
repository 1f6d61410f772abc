using System.Text.Json.Nodes;
using Interop.Consent;
using Interop.Delivery;
using Interop.Platform;
using Interop.Platform.Engines;
using Interop.Platform.Events;
using Interop.Server.Tests.Audit;
using Interop.Server.Tests.Delivery;
using Interop.Server.Tests.World;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Interop.Server.Tests.Consent;

/// <summary>What the law's pack keeps for a time goes when that is over, and the log says so.</summary>
public abstract class RetentionTests(SharedExchange shared) : ExchangeTests(shared), IDisposable
{
    readonly DirectoryInfo _packs = System.IO.Directory.CreateTempSubdirectory("interop-packs-");

    [Fact]
    public async Task A_person_of_whom_nothing_is_going_on_is_erased_when_the_time_is_over_and_no_sooner()
    {
        var exchange = await StartAsync("""{"persons":{"amount":2,"unit":"months"}}""");
        var over = await Case.InAsync(exchange, "completed");
        var open = await Case.InAsync(exchange, "admitted");
        exchange.Clock!.Advance(TimeSpan.FromDays(40));
        var changed = await Case.InAsync(exchange, "cancelled");
        Assert.Equal(0, await exchange.RunAsync<RetentionClock>());
        exchange.Clock.Advance(TimeSpan.FromDays(30));

        Assert.Equal((1, 0), (await exchange.RunAsync<RetentionClock>(), await exchange.RunAsync<RetentionClock>()));

        Assert.Equal((410, 200, 200), ((await over.Court.GetAsync($"/v1/persons/{over.Person}")).Status, (await open.Court.ReadAsync(open.Id)).Status, (await changed.Court.ReadAsync(changed.Id)).Status));
        var entry = Assert.Single(await exchange.EntriesAsync(all => all.Where(e => e.Operation == "retention.prune")));
        var details = JsonNode.Parse(entry.Canonical)!["details"]!;
        Assert.Equal(("interop", "delete", "persons", "juzgado-central", "default/1", "1"), (entry.Organisation, entry.Action, $"{details["kind"]}", $"{details["of"]}", $"{details["pack"]}", $"{details["records"]}"));
        await exchange.BuildAsync();
        var memory = (await exchange.VerifyAsync()).Memory!;
        Assert.True((await exchange.VerifyExportAsync(new(memory.Keys))).Holds);
    }

    [Fact]
    public async Task Events_and_what_became_of_them_go_by_their_own_times_and_the_feed_goes_on()
    {
        await using var partner = new Partner();
        await partner.StartAsync();
        var exchange = await StartAsync("""{"events":{"amount":30,"unit":"days"},"deliveries":{"amount":60,"unit":"days"},"requests":{"amount":1,"unit":"years"}}""");
        var court = new Court(exchange);
        var hook = (await court.PostAsync("/v1/subscriptions", new JsonObject { ["channel"] = "webhook", ["url"] = $"{partner.Url}/court", ["events"] = new JsonArray("*"), ["payload"] = "id-only" })).Is(201);
        var it = await Case.InAsync(exchange, "accepted");
        var request = (await it.Clinic.PostAsync($"/v1/persons/{it.Person}/disclosure-requests", new JsonObject { ["receivedAt"] = A.Time(exchange.Now), ["language"] = "es" })).Is(201);
        (await it.Clinic.PostAsync($"/v1/persons/{it.Person}/disclosure-requests/{request.Id}/answer")).Is(200);
        await SendAsync(exchange);
        var before = (await court.GetAsync("/v1/events?limit=500")).Is(200);
        Assert.Equal(0, await PruneAsync(exchange));

        exchange.Clock!.Advance(TimeSpan.FromDays(31));
        Assert.True(await PruneAsync(exchange) > 0);
        Assert.Equal((1, true), await exchange.LookAsync(async db => (await db.EventFeed.CountAsync(), await db.Deliveries.AnyAsync())));
        Assert.NotEmpty((await court.GetAsync($"/v1/subscriptions/{hook.Id}/deliveries")).Is(200).Items);
        exchange.Clock.Advance(TimeSpan.FromDays(31));
        Assert.True(await PruneAsync(exchange) > 0);
        Assert.Equal((false, false, 1), await exchange.LookAsync(async db => (await db.Deliveries.AnyAsync(), await db.DeliveryAttempts.AnyAsync(), await db.RecordedEvents.CountAsync())));
        (await it.Clinic.GetAsync($"/v1/persons/{it.Person}/disclosure-requests/{request.Id}")).Is(200);
        exchange.Clock.Advance(TimeSpan.FromDays(366));
        Assert.Equal(1, await PruneAsync(exchange));
        (await it.Clinic.GetAsync($"/v1/persons/{it.Person}/disclosure-requests/{request.Id}")).Is(404);

        var sent = partner.Received.Count;
        await it.ScheduleAsync();
        await SendAsync(exchange);
        Assert.True(before.Items.Count > 1);
        Assert.NotNull(before["next"]);
        Assert.Equal(await exchange.LookAsync(db => db.EventFeed.MaxAsync(f => f.Number)), await exchange.LookAsync(db => db.EventFeed.MinAsync(f => f.Number)) + await exchange.LookAsync(db => db.EventFeed.CountAsync()) - 1); // no number given twice, none left out
        Assert.True((await court.GetAsync($"/v1/events?after={before["next"]}")).Is(200).Items.Count == partner.Received.Count - sent);
    }

    [Fact]
    public async Task Without_a_period_everything_is_kept()
    {
        var exchange = await StartAsync("null");
        var it = await Case.InAsync(exchange, "completed");
        exchange.Clock!.Advance(TimeSpan.FromDays(36_500));
        Assert.Equal(0, await exchange.RunAsync<RetentionClock>());
        (await new Court(exchange).ReadAsync(it.Id)).Is(200);
    }

    [Theory]
    [InlineData("""{"persons":{"amount":0,"unit":"days"}}""", "/retention/keep/persons/amount")]
    [InlineData("""{"persons":{"amount":1,"unit":"weeks"}}""", "/retention/keep/persons/unit")]
    [InlineData("""{"referrals":{"amount":1,"unit":"days"}}""", "/retention/keep/referrals")]
    public async Task A_period_that_is_none_stops_the_start(string keep, string place) =>
        Assert.Contains(place, (await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync(keep))).Message, StringComparison.Ordinal);

    /// <summary>The plain default keeps so long, and no pack has it accounted for longer.</summary>
    protected async Task<Exchange> StartAsync(string keep)
    {
        foreach (var (pack, retention) in new[] { ("default.json", $"null, \"keep\": {keep}"), ("us.json", "null") })
            await File.WriteAllTextAsync(Path.Combine(_packs.FullName, pack),
                (await File.ReadAllTextAsync(Path.Combine(Repository.Root, "packs", pack))).Replace("\"accountingYears\": 3", $"\"accountingYears\": {retention}", StringComparison.Ordinal));
        return await StartAsync(new ExchangeOptions { Clock = new(), Settings = [$"Packs:Folder={_packs.FullName}"] });
    }

    static async Task<int> PruneAsync(Exchange exchange)
    {
        var all = 0;
        for (int gone; (gone = await exchange.RunAsync<RetentionClock>()) > 0;)
            all += gone;
        return all;
    }

    static async Task SendAsync(Exchange exchange)
    {
        while (await exchange.RunAsync<Relay>() + await exchange.RunAsync<Dispatcher>() > 0)
        {
        }
    }

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        _packs.Delete(recursive: true);
    }
}

public sealed class RetentionOnSqlite(SqliteExchange shared) : RetentionTests(shared);

public sealed class RetentionOnPostgreSql(PostgreSqlExchange shared) : RetentionTests(shared)
{
    [Fact]
    public async Task One_process_at_a_time_works_through_it()
    {
        var exchange = await StartAsync("""{"persons":{"amount":1,"unit":"days"}}""");
        await Case.InAsync(exchange, "completed");
        exchange.Clock!.Advance(TimeSpan.FromDays(2));
        await using (var scope = exchange.Services.CreateAsyncScope())
        {
            var (db, engine) = (scope.ServiceProvider.GetRequiredService<Db>(), scope.ServiceProvider.GetRequiredService<Engine>());
            await using var held = await engine.BeginAsync(db, default);
            Assert.True(await engine.TryLeaseAsync(db, Lease.Retention, default));
            Assert.Equal(0, await exchange.RunAsync<RetentionClock>());
        }
        Assert.Equal(1, await exchange.RunAsync<RetentionClock>());
    }
}

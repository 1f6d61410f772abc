using System.Text.Json;
using System.Text.Json.Nodes;
using Interop.Audit;
using Interop.Consent;
using Interop.Delivery;
using Interop.Platform.Events;
using Interop.Server.Tests.World;
using Microsoft.EntityFrameworkCore;

namespace Interop.Server.Tests.Delivery;

/// <summary>Revocation reaches people: who was told is told that it ended, and what is queued is not told any more.</summary>
public abstract class WithdrawalTests(SharedExchange shared) : ExchangeTests(shared)
{
    [Fact]
    public async Task Everybody_whom_a_revoked_consent_names_is_told_by_webhook_and_by_the_feed()
    {
        var exchange = await StartAsync(new());
        await using var partner = await PartnerAsync();
        var it = await Case.AdmitAsync(exchange);
        await it.MonitorAsync("treatment-status");
        var named = new Party[] { it.Court, it.Supervision, it.Clinic };
        foreach (var party in named)
            await SubscribeAsync(party, partner, "org.interop.consent.revoked.v1");
        (await it.RevokeAsync(it.Monitoring)).Is(200);
        await CarryAsync(exchange);
        Assert.Equal(3, partner.Received.Count(r => r.Event.Subject == $"consents/{it.Monitoring}"));
        foreach (var party in named)
            Assert.Single((await party.GetAsync("/v1/events?limit=500")).Is(200).Items, e => e["type"]!.ToString() == "org.interop.consent.revoked.v1");
        Assert.DoesNotContain((await new Court(exchange, "fiscalia-central").GetAsync("/v1/events?limit=500")).Is(200).Items, e => e["subject"]?.ToString() == $"consents/{it.Monitoring}");
    }

    [Fact]
    public async Task What_waits_for_a_retry_is_withheld_when_its_consent_ends_and_is_never_sent()
    {
        var clock = new TestClock();
        var exchange = await StartAsync(new() { Clock = clock });
        await using var partner = await PartnerAsync();
        var it = await Case.SendAsync(exchange);
        (await it.Clinic.AcceptAsync(it.Id)).Is(200);
        await it.MonitorAsync("treatment-status");
        await CarryAsync(exchange); // what happened before it subscribes
        var subscription = await SubscribeAsync(it.Supervision, partner, "*");
        partner.Answers(500);
        (await it.Clinic.AdmitAsync(it.Id)).Is(200);
        (await it.Clinic.HoldAsync(it.Id)).Is(200); // stands behind it
        await CarryAsync(exchange);
        Assert.Equal(["pending", "pending"], (await DeliveriesAsync(it.Supervision, subscription)).Select(d => d["status"]!.ToString()));

        (await it.RevokeAsync(it.Monitoring)).Is(200);
        await exchange.RunAsync<Relay>();
        Assert.Equal(2, await exchange.RunAsync<Withdrawal>());
        Assert.Equal(0, await exchange.RunAsync<Withdrawal>());

        var shown = Assert.Single(await DeliveriesAsync(it.Supervision, subscription), d => d["status"]!.ToString() == "withheld"); // what was never attempted leaves no trace
        Assert.Equal(("not-permitted", null, null), (shown["lastError"]!.ToString(), shown["type"], shown["eventId"]));
        Assert.NotNull(shown["endedAt"]);
        var entries = await exchange.LookAsync(db => db.AuditEntries.AsNoTracking().Where(e => e.Operation == "event.withdraw" && e.Person == it.Person).ToListAsync());
        Assert.Equal([("denied", "libertad-vigilada"), ("denied", "libertad-vigilada")], entries.Select(e => (e.Outcome, e.Organisation)));

        partner.Answers(204);
        var before = partner.Received.Count;
        clock.Advance(TimeSpan.FromDays(4));
        await CarryAsync(exchange);
        Assert.All(partner.Received.Skip(before), r => Assert.StartsWith("org.interop.consent.", r.Event.Type, StringComparison.Ordinal));
        Assert.Contains(partner.Received.Skip(before), r => r.Event.Type == "org.interop.consent.revoked.v1");
    }

    [Fact]
    public async Task What_waits_in_a_suspended_subscription_is_withheld_too_and_a_new_consent_does_not_bring_it_back()
    {
        var exchange = await StartAsync(new());
        await using var partner = await PartnerAsync();
        var it = await Case.SendAsync(exchange);
        (await it.Clinic.AcceptAsync(it.Id)).Is(200);
        await it.MonitorAsync("treatment-status", "attendance");
        var subscription = await SubscribeAsync(it.Court, partner, "org.interop.referral.admitted.v1", "org.interop.referral.cancelled.v1");
        partner.Answers(410);
        (await it.Clinic.AdmitAsync(it.Id)).Is(200);
        await CarryAsync(exchange);
        (await it.Court.CancelAsync(it.Id)).Is(200); // the court's own: permitted on no consent
        await CarryAsync(exchange);

        (await it.RevokeAsync(it.Monitoring)).Is(200);
        await exchange.RunAsync<Relay>();
        Assert.Equal(1, await exchange.RunAsync<Withdrawal>());

        await it.MonitorAsync("treatment-status");
        partner.Answers(204);
        var before = partner.Received.Count;
        (await it.Court.PostAsync($"/v1/subscriptions/{subscription}/resume")).Is(200);
        await CarryAsync(exchange);
        Assert.Equal(["org.interop.referral.cancelled.v1"], partner.Received.Skip(before).Select(r => r.Event.Type));
    }

    [Fact]
    public async Task Nothing_is_sent_on_a_consent_that_had_ended_whoever_wins_the_race()
    {
        const int Cases = 24;
        var exchange = await StartAsync(new() { Workers = true });
        await using var partner = await PartnerAsync();
        var supervision = new Court(exchange, "libertad-vigilada");
        var subscription = await SubscribeAsync(supervision, partner, "org.interop.referral.admitted.v1", "org.interop.referral.held.v1", "org.interop.referral.resumed.v1");
        partner.Answer = (r, _) => Task.FromResult(r.Event.Type == "org.interop.referral.held.v1" ? 500 : 204); // these wait for a retry meanwhile
        var all = new List<Case>();
        for (var i = 0; i < Cases; i++)
        {
            var it = await Case.SendAsync(exchange);
            (await it.Clinic.AcceptAsync(it.Id)).Is(200);
            await it.MonitorAsync("treatment-status");
            all.Add(it);
        }
        await Task.WhenAll(all.Select(async (it, i) =>
        {
            (await it.Clinic.AdmitAsync(it.Id)).Is(200);
            (await it.Clinic.HoldAsync(it.Id)).Is(200);
            if (i % 2 == 0)
                await Eventually.HoldsAsync("something of it is sent", () => partner.Received.Any(r => r.Event.Subject == $"referrals/{it.Id}"));
            (await it.RevokeAsync(it.Monitoring)).Is(200);
            (await it.Clinic.ResumeAsync(it.Id)).Is(200); // nobody may be told of this one
        }));
        await Eventually.HoldsAsync("nothing waits any more", () => exchange.LookAsync(async db =>
            !await db.Deliveries.AnyAsync(d => d.SubscriptionId == new Interop.Platform.Id<Subscription>(subscription) && d.Status == DeliveryStatus.Pending)
            && !await db.Withdrawals.AnyAsync() && !await db.RecordedEvents.AnyAsync(e => e.RelayedAt == null)));

        Assert.DoesNotContain(partner.Received, r => r.Event.Type == "org.interop.referral.resumed.v1");
        var persons = all.Select(i => (Guid?)i.Person).ToList();
        var ends = await exchange.LookAsync(db => db.Consents.AsNoTracking().Where(c => c.EndedAt != null).ToDictionaryAsync(c => c.Id.Value, c => c.EndedAt!.Value));
        var sent = await exchange.EntriesAsync(all => all.Where(e => persons.Contains(e.Person) && e.Operation == "event.deliver" && e.Outcome == Outcomes.Permitted && e.Ground == "consent"));
        var late = from e in sent
                   from c in JsonElement.Parse(e.Canonical).GetProperty("consents").EnumerateArray()
                   where ends.TryGetValue(c.GetProperty("id").GetGuid(), out var end) && e.At >= end
                   select e.Id;
        Assert.NotEmpty(sent);
        Assert.Empty(late);
    }

    [Fact]
    public async Task The_next_page_is_decided_anew()
    {
        var exchange = await StartAsync(new());
        var cases = new List<Case>();
        for (var i = 0; i < 3; i++)
            cases.Add(await Case.SendAsync(exchange));
        var page = (await cases[0].Clinic.GetAsync("/v1/referrals?limit=1")).Is(200);
        Assert.Equal(cases[2].Id.ToString(), page["items[0].id"]);
        (await cases[1].RevokeByCourtAsync(cases[1].ReferralConsent)).Is(200);
        var next = (await cases[0].Clinic.GetAsync($"/v1/referrals?limit=1&cursor={page["next"]}")).Is(200);
        Assert.Equal((cases[0].Id.ToString(), null), (next["items[0].id"], next["next"]));
        (await cases[0].RevokeByCourtAsync(cases[0].ReferralConsent)).Is(200);
        var none = (await cases[0].Clinic.GetAsync($"/v1/referrals?limit=1&cursor={page["next"]}")).Is(200);
        Assert.Equal((0, null), (none.Items.Count, none["next"]));
    }

    private protected static async Task<Partner> PartnerAsync()
    {
        var partner = new Partner();
        await partner.StartAsync();
        return partner;
    }

    private protected static async Task<Guid> SubscribeAsync(Party party, Partner partner, params string[] events) => (await party.PostAsync("/v1/subscriptions", new()
    {
        ["channel"] = "webhook",
        ["url"] = $"{partner.Url}/in",
        ["events"] = new JsonArray([.. events.Select(e => (JsonNode)e)]),
        ["payload"] = "id-only",
    })).Is(201).Id;

    static async Task<IReadOnlyList<JsonNode>> DeliveriesAsync(Party party, Guid subscription) => (await party.GetAsync($"/v1/subscriptions/{subscription}/deliveries")).Is(200).Items;

    private protected static async Task CarryAsync(Exchange exchange)
    {
        while (await exchange.RunAsync<Relay>() > 0)
        {
        }
        await exchange.RunAsync<Dispatcher>();
    }
}

public sealed class WithdrawalOnSqlite(SqliteExchange shared) : WithdrawalTests(shared);

public sealed class WithdrawalOnPostgreSql(PostgreSqlExchange shared) : WithdrawalTests(shared)
{
    [Fact]
    public async Task A_person_of_whom_nothing_is_queued_is_not_waited_for()
    {
        var exchange = await StartAsync(new());
        await using var partner = await PartnerAsync();
        var it = await Case.AdmitAsync(exchange);
        await it.MonitorAsync("treatment-status");
        await CarryAsync(exchange); // what happened before it subscribes
        await SubscribeAsync(it.Court, partner, "org.interop.referral.admitted.v1");
        (await it.RevokeAsync(it.Monitoring)).Is(200);
        await exchange.RunAsync<Relay>();
        Assert.Single(await NotedAsync(exchange));

        await using var held = await HeldPerson.HoldAsync(exchange, it.Person);
        Assert.Equal(0, await exchange.RunAsync<Withdrawal>().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));

        Assert.Empty(await NotedAsync(exchange));
    }

    static Task<List<WithdrawalDue>> NotedAsync(Exchange exchange) => exchange.LookAsync(db => db.Withdrawals.AsNoTracking().ToListAsync());
}

using System.Text.Json.Nodes;
using Interop.Audit;
using Interop.Delivery;
using Interop.Identity;
using Interop.Referrals;
using Interop.Server.Tests.Delivery;
using Interop.Server.Tests.Identity;
using Interop.Server.Tests.World;
using Microsoft.EntityFrameworkCore;

namespace Interop.Server.Tests.Platform;

/// <summary>
/// The clock is set forward and back by hours while the exchange runs. What has ended stays ended, what waits does not wait until it is
/// that time again, and nothing is done twice.
/// </summary>
public abstract class ClockJumpTests(SharedExchange shared) : IdentityTests(shared)
{
    static readonly TimeSpan s_jump = TimeSpan.FromHours(3);

    readonly TestClock _clock = new();

    [Fact]
    public async Task A_token_survives_a_clock_that_is_set_back_and_not_one_that_is_set_forward()
    {
        var exchange = await StartAsync(new() { Clock = _clock });
        var token = (await TokenAsync(exchange, "juzgado-central", "juzgado-central-secret")).Is(200)["access_token"]!;

        _clock.Advance(-s_jump);
        (await UseAsync(exchange, token)).Is(200);
        _clock.Advance(s_jump + s_jump);
        (await UseAsync(exchange, token)).Is(401);
        var next = (await TokenAsync(exchange, "juzgado-central", "juzgado-central-secret")).Is(200)["access_token"]!;
        (await UseAsync(exchange, next)).Is(200);
    }

    [Fact]
    public async Task What_was_revoked_stays_so_before_the_instant_at_which_it_was()
    {
        await using var partner = new Partner();
        await partner.StartAsync();
        var exchange = await StartAsync(new() { Clock = _clock });
        var it = await Case.AdmitAsync(exchange);
        await it.MonitorAsync("attendance", "treatment-status");
        (await it.Clinic.ReportAsync(it.Id, "attendance", "attended")).Is(201);
        await SubscribeAsync(it.Court, partner, "org.interop.compliance.reported.v1");
        Assert.Single((await it.Court.ReportsAsync(it.Id)).Is(200).Items);
        (await it.RevokeAsync(it.Monitoring)).Is(200);
        (await it.RevokeByCourtAsync(it.ReferralConsent)).Is(200);

        _clock.Advance(-s_jump); // both were in force then

        (await it.Clinic.ReadAsync(it.Id)).Is(404);
        (await it.Clinic.GetAsync($"/fhir/Task/{it.Id}")).Is(404);
        Assert.Empty((await it.Clinic.GetAsync("/v1/referrals")).Is(200).Items);
        Assert.Empty((await it.Court.ReportsAsync(it.Id)).Is(200).Items);
        Assert.Equal("sent", (await it.Court.ReadAsync(it.Id)).Is(200)["status"]); // the acceptance was told under the referral consent
        (await it.Supervision.ReadAsync(it.Id)).Is(404);
        await DeliverAsync(exchange);
        Assert.Empty(partner.Received);
    }

    [Fact]
    public async Task What_ended_early_stays_so_though_the_clock_was_ahead_when_it_was_forgotten()
    {
        var exchange = await StartAsync(new() { Clock = _clock });
        var (client, secret) = await NewClientAsync(exchange);
        var token = (await TokenAsync(exchange, client, secret)).Is(200)["access_token"]!;
        (await FormAsync(exchange, "/connect/revocation", new() { ["token"] = token, ["client_id"] = client, ["client_secret"] = secret })).Is(200);
        var key = ClientKey.New("ES384");
        var assertion = Assertion.Of(exchange, await NewClientAsync(exchange, key), key).ToString();
        (await AssertAsync(exchange, assertion)).Is(200);

        _clock.Advance(s_jump); // far beyond the end of either
        await exchange.RunAsync<ExpiredProofs>();
        _clock.Advance(-s_jump);

        (await UseAsync(exchange, token)).Is(401);
        IsInvalidClient(await AssertAsync(exchange, assertion));
    }

    [Fact]
    public async Task A_lockout_does_not_last_until_it_is_that_time_again()
    {
        var exchange = await StartAsync(new() { Clock = _clock });
        var (client, secret) = await NewClientAsync(exchange);
        for (var i = 0; i < 10; i++)
            IsInvalidClient(await TokenAsync(exchange, client, $"guess-{i}"));
        (await TokenAsync(exchange, client, secret)).Is(429);

        _clock.Advance(-s_jump);

        (await TokenAsync(exchange, client, secret)).Is(200);
        for (var i = 0; i < 10; i++)
            IsInvalidClient(await TokenAsync(exchange, client, $"guess-{i}"));
        (await TokenAsync(exchange, client, secret)).Is(429);
    }

    [Fact]
    public async Task What_waits_for_a_partner_is_due_again_when_the_clock_is_set_back()
    {
        await using var partner = new Partner();
        await partner.StartAsync();
        partner.Answers(500);
        var exchange = await StartAsync(new() { Clock = _clock });
        var court = new Court(exchange);
        await SubscribeAsync(court, partner, "*");
        var failing = await Case.SendAsync(exchange);
        await DeliverAsync(exchange); // tried once: its lanes wait
        (await failing.Clinic.AcceptAsync(failing.Id)).Is(200); // behind what waits
        await exchange.RunAsync<Relay>();
        var fresh = await Case.SendAsync(exchange);
        await exchange.RunAsync<Relay>();
        var tried = partner.Received.Count;
        Assert.NotEqual(0, tried);
        partner.Answers(204);

        _clock.Advance(-s_jump);
        await DeliverAsync(exchange);
        Assert.Equal(tried, partner.Received.Count); // due in three hours
        await exchange.RunAsync<ClockSetBack>();
        await DeliverAsync(exchange);

        Assert.Equal(
            ["referral.sent", "referral.accepted"],
            partner.Received.Where(r => r.Event.Subject == $"referrals/{failing.Id}").Skip(1).Select(r => r.Event.Type["org.interop.".Length..^".v1".Length]));
        Assert.Single(partner.Received, r => r.Event.Subject == $"referrals/{fresh.Id}");
        await exchange.RunAsync<ClockSetBack>();
        var all = partner.Received.Count;
        await DeliverAsync(exchange);
        Assert.Equal(all, partner.Received.Count);
    }

    [Fact]
    public async Task A_lease_of_a_process_that_died_before_the_clock_was_set_back_runs_out_in_its_usual_time()
    {
        await using var partner = new Partner();
        await partner.StartAsync();
        var exchange = await StartAsync(new() { Clock = _clock });
        await SubscribeAsync(new Court(exchange), partner, "*");
        var it = await Case.SendAsync(exchange);
        await exchange.RunAsync<Relay>();
        var (lease, until) = (Guid.CreateVersion7(exchange.Now), exchange.Now + Courier.Lease);
        await exchange.LookAsync(db => db.Deliveries.ExecuteUpdateAsync(d => d.SetProperty(x => x.Lease, lease).SetProperty(x => x.LeasedUntil, until)));

        _clock.Advance(-s_jump);
        await exchange.RunAsync<ClockSetBack>();
        await DeliverAsync(exchange);
        Assert.Empty(partner.Received); // it may be under way
        _clock.Advance(Courier.Lease);
        await DeliverAsync(exchange);
        Assert.Contains(partner.Received, r => r.Event.Subject == $"referrals/{it.Id}");
    }

    [Fact]
    public async Task Set_forward_over_several_retries_each_lane_is_tried_once_and_goes_on_in_order()
    {
        await using var partner = new Partner();
        await partner.StartAsync();
        partner.Answers(500);
        var exchange = await StartAsync(new() { Clock = _clock });
        await SubscribeAsync(new Court(exchange), partner, "org.interop.referral.sent.v1", "org.interop.referral.accepted.v1");
        var it = await Case.SendAsync(exchange);
        await DeliverAsync(exchange);
        (await it.Clinic.AcceptAsync(it.Id)).Is(200);

        _clock.Advance(TimeSpan.FromHours(30)); // the schedule has seven attempts in that time
        await DeliverAsync(exchange);
        Assert.Equal(2, partner.Received.Count);
        partner.Answers(204);
        _clock.Advance(TimeSpan.FromMinutes(1));
        await DeliverAsync(exchange);

        Assert.Equal(["sent", "sent", "sent", "accepted"], partner.Received.Select(r => r.Event.Type.Split('.')[^2]));
    }

    [Fact]
    public async Task The_log_goes_on_in_its_order_and_says_what_the_clock_said()
    {
        var exchange = await StartAsync(new() { Clock = _clock });
        var (court, auditor) = (new Court(exchange), new Party(exchange, "contraloria"));
        var said = new List<DateTimeOffset>();
        foreach (var jump in (TimeSpan[])[TimeSpan.Zero, s_jump, -2 * s_jump, TimeSpan.FromMinutes(1), 3 * s_jump])
        {
            _clock.Advance(jump);
            said.Add(exchange.Now);
            (await court.GetAsync("/v1/referrals?limit=1")).Is(200);
            await exchange.RunAsync<Sequencer>();
        }

        // The list is by time; the log's own order is that of its numbers.
        var log = (await auditor.GetAsync("/v1/audit/entries?limit=500")).Is(200).Items.OrderBy(e => e["index"]!.GetValue<long>()).ToList();
        Assert.Equal(Enumerable.Range(0, log.Count), log.Select(e => e["index"]!.GetValue<int>()));
        Assert.Equal(said, log.Where(e => e["actor"]?.ToString() == court.Actor).Select(e => e["at"]!.GetValue<DateTimeOffset>()));
    }

    [Fact]
    public async Task A_key_holds_for_what_was_done_under_it_in_what_is_now_the_future()
    {
        var exchange = await StartAsync(new() { Clock = _clock });
        var (court, body, key) = (new Court(exchange), A.Referral(), ("Idempotency-Key", A.Unique("key")));
        var first = (await court.PostAsync("/v1/referrals", body, key)).Is(201);

        _clock.Advance(-s_jump);

        Assert.Equal(first.Id, (await court.PostAsync("/v1/referrals", body, key)).Is(201).Id);
        _clock.Advance(s_jump + TimeSpan.FromHours(23));
        Assert.Equal(first.Id, (await court.PostAsync("/v1/referrals", body, key)).Is(201).Id);
    }

    [Fact]
    public async Task What_lapsed_while_the_clock_was_ahead_has_lapsed_once_and_can_be_taken_up_again()
    {
        var exchange = await StartAsync(new() { Clock = _clock });
        var it = await Case.SendAsync(exchange);
        _clock.Advance(TimeSpan.FromDays(6));
        Assert.Equal(1, await exchange.RunAsync<TimerClock>());

        _clock.Advance(TimeSpan.FromDays(-6));
        Assert.Equal(0, await exchange.RunAsync<TimerClock>());
        Assert.Equal("lapsed", (await it.Court.ReadAsync(it.Id)).Is(200)["status"]);
        (await it.Court.ReassignAsync(it.Id, "clinica-del-valle")).Is(200);
        _clock.Advance(TimeSpan.FromDays(6));
        Assert.Equal(0, await exchange.RunAsync<TimerClock>());
        Assert.Equal(1, await exchange.EventsAsync($"referrals/{it.Id}", "org.interop.referral.lapsed.v1"));
    }

    static async Task SubscribeAsync(Party party, Partner partner, params string[] events) =>
        (await party.PostAsync("/v1/subscriptions", new() { ["channel"] = "webhook", ["url"] = partner.Url, ["events"] = new JsonArray([.. events.Select(e => (JsonNode)e)]), ["payload"] = "id-only" })).Is(201);

    static async Task DeliverAsync(Exchange exchange)
    {
        while (await exchange.RunAsync<Relay>() + await exchange.RunAsync<Dispatcher>() > 0)
        {
        }
    }
}

public sealed class ClockJumpOnSqlite(SqliteExchange shared) : ClockJumpTests(shared);

public sealed class ClockJumpOnPostgreSql(PostgreSqlExchange shared) : ClockJumpTests(shared);

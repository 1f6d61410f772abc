using Interop.Consent;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Consent;

/// <summary>What time alone does to a consent. No worker runs: the gate decides by the clock, whether anybody has noticed or not.</summary>
public abstract class ConsentClockTests(SharedExchange shared) : ExchangeTests(shared)
{
    readonly TestClock _clock = new();

    [Fact]
    public async Task A_consent_is_in_force_until_the_instant_of_its_end_and_not_at_it()
    {
        var exchange = await StartAsync(new() { Clock = _clock });
        var it = await Case.OpenAsync(exchange);
        var until = exchange.Now.AddMinutes(3);
        (await it.Court.PostAsync("/v1/consents", A.ReferralConsent(it.Referral, exchange.Now).With("until", A.Time(until)))).Is(201);

        _clock.Set(until.AddTicks(-10));
        (await it.Clinic.ReadAsync(it.Id)).Is(200);
        _clock.Set(until);
        (await it.Clinic.ReadAsync(it.Id)).Is(404);
        Assert.Empty((await it.Clinic.GetAsync("/v1/referrals")).Is(200).Items);
    }

    [Fact]
    public async Task A_date_includes_its_day_and_ends_at_the_next_midnight()
    {
        var exchange = await StartAsync(new() { Clock = _clock });
        var it = await Case.OpenAsync(exchange);
        var consent = (await it.Court.PostAsync("/v1/consents",
            A.ReferralConsent(it.Referral, exchange.Now).With("from", "2027-03-01").With("until", "2027-03-02"))).Is(201);
        Assert.Equal(("2027-03-01T00:00:00Z", "2027-03-03T00:00:00Z"), (consent["from"], consent["until"]));

        var midnight = new DateTimeOffset(2027, 3, 3, 0, 0, 0, TimeSpan.Zero);
        _clock.Set(midnight.AddTicks(-10));
        (await it.Clinic.ReadAsync(it.Id)).Is(200);
        _clock.Set(midnight);
        (await it.Clinic.ReadAsync(it.Id)).Is(404);
        Assert.Equal("expired", (await it.Court.GetAsync($"/v1/consents/{consent.Id}")).Is(200)["status"]);
    }

    [Fact]
    public async Task Expiry_is_recorded_once_at_its_instant()
    {
        var exchange = await StartAsync(new() { Clock = _clock });
        var it = await Case.OpenAsync(exchange);
        var until = exchange.Now.AddHours(1);
        var id = (await it.Court.PostAsync("/v1/consents", A.ReferralConsent(it.Referral, exchange.Now).With("until", A.Time(until)))).Is(201).Id;
        Assert.Equal(0, await exchange.RunAsync<ConsentClock>());

        _clock.Set(until.AddTicks(-10));
        Assert.Equal(0, await exchange.RunAsync<ConsentClock>());
        _clock.Set(until);
        Assert.Equal(1, await exchange.RunAsync<ConsentClock>());
        Assert.Equal(0, await exchange.RunAsync<ConsentClock>());

        var ended = (await it.Court.GetAsync($"/v1/consents/{id}")).Is(200);
        Assert.Equal(("expired", "expired", A.Time(until)), (ended["status"], ended["endedBy"], A.Time(DateTimeOffset.Parse(ended["endedAt"]!, null))));
        Assert.Equal(1, await exchange.EventsAsync($"consents/{id}", "org.interop.consent.expired.v1"));
        (await it.RevokeByCourtAsync(id)).Refuses(409, " consent.already-ended");
    }

    [Fact]
    public async Task Expiry_that_is_noticed_late_is_recorded_as_of_when_it_was_and_nobody_need_run_anything()
    {
        var exchange = await StartAsync(new() { Workers = true });
        var it = await Case.OpenAsync(exchange);
        var until = exchange.Now.AddSeconds(2);
        var id = (await it.Court.PostAsync("/v1/consents", A.ReferralConsent(it.Referral, exchange.Now).With("until", A.Time(until)))).Is(201).Id;
        await Eventually.HoldsAsync("the end is told", async () => await exchange.EventsAsync($"consents/{id}", "org.interop.consent.expired.v1") == 1);
        Assert.Equal(A.Time(until), A.Time(DateTimeOffset.Parse((await it.Court.GetAsync($"/v1/consents/{id}")).Is(200)["endedAt"]!, null)));
    }

    [Fact]
    public async Task An_expired_consent_cannot_be_revoked_even_before_its_expiry_is_noticed()
    {
        var exchange = await StartAsync(new() { Clock = _clock });
        var it = await Case.OpenAsync(exchange);
        var until = exchange.Now.AddMinutes(1);
        var id = (await it.Court.PostAsync("/v1/consents", A.ReferralConsent(it.Referral, exchange.Now).With("until", A.Time(until)))).Is(201).Id;

        _clock.Set(until);

        (await it.RevokeByCourtAsync(id)).Refuses(409, " consent.already-ended");
    }

    [Fact]
    public async Task A_consent_of_tomorrow_releases_the_referral_tomorrow()
    {
        var exchange = await StartAsync(new() { Clock = _clock });
        var it = await Case.OpenAsync(exchange);
        var from = exchange.Now.AddDays(1);
        var id = (await it.Court.PostAsync("/v1/consents", A.ReferralConsent(it.Referral, exchange.Now).With("from", A.Time(from)))).Is(201);
        Assert.Equal("not-yet-in-force", id["status"]);
        Assert.Equal(0, await exchange.RunAsync<ConsentClock>());
        Assert.Equal("awaiting-consent", (await it.Court.ReadAsync(it.Id)).Is(200)["status"]);
        (await it.Clinic.ReadAsync(it.Id)).Is(404);

        _clock.Set(from);
        Assert.Equal(1, await exchange.RunAsync<ConsentClock>());

        Assert.Equal("sent", (await it.Court.ReadAsync(it.Id)).Is(200)["status"]);
        (await it.Clinic.ReadAsync(it.Id)).Is(200);
        Assert.Equal(1, await exchange.EventsAsync($"referrals/{it.Id}", "org.interop.referral.sent.v1"));
        Assert.Equal(0, await exchange.RunAsync<ConsentClock>());
    }

    [Fact]
    public async Task From_its_date_a_revocation_is_taken()
    {
        var exchange = await StartAsync(new() { Clock = _clock });
        var it = await Case.SendAsync(exchange);
        var from = exchange.Now.AddDays(30);
        var consent = A.MonitoringConsent(it.Referral, exchange.Now, "attendance").With("revocable", new System.Text.Json.Nodes.JsonObject { ["from"] = A.Time(from) });
        var id = (await it.Clinic.PostAsync("/v1/consents", consent)).Is(201).Id;

        _clock.Set(from.AddTicks(-10));
        (await it.RevokeAsync(id)).Is(409);
        _clock.Set(from);
        (await it.RevokeAsync(id)).Is(200);
        (await it.Supervision.ReadAsync(it.Id)).Is(404);
    }
}

public sealed class ConsentClockOnSqlite(SqliteExchange shared) : ConsentClockTests(shared);

public sealed class ConsentClockOnPostgreSql(PostgreSqlExchange shared) : ConsentClockTests(shared);

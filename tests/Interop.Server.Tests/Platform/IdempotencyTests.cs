using System.Text.Json.Nodes;
using Interop.Platform.Http;
using Interop.Server.Tests.World;
using Microsoft.EntityFrameworkCore;

namespace Interop.Server.Tests.Platform;

/// <summary>Writes can be repeated (P10).</summary>
public abstract class IdempotencyTests(SharedExchange shared) : ExchangeTests(shared)
{
    readonly (string, string) _key = ("Idempotency-Key", A.Unique("key"));

    [Fact]
    public async Task A_repeat_answers_the_same_status_location_and_id_and_does_nothing()
    {
        var (court, body) = (new Court(Exchange), A.Referral());

        var first = (await court.PostAsync("/v1/referrals", body, _key)).Is(201);
        var repeat = (await court.PostAsync("/v1/referrals", body, _key)).Is(201);

        Assert.Equal((first.Id, first.Headers.Location, first.ETag), (repeat.Id, repeat.Headers.Location, repeat.ETag));
        Assert.Single((await court.GetAsync($"/v1/referrals?person={first["personId"]}")).Is(200).Items);
    }

    [Fact]
    public async Task Another_body_under_the_same_key_is_refused()
    {
        var court = new Court(Exchange);
        (await court.PostAsync("/v1/referrals", A.Referral(), _key)).Is(201);

        (await court.PostAsync("/v1/referrals", A.Referral(), _key)).Refuses(422, "Idempotency-Key idempotency.mismatch");
    }

    [Fact]
    public async Task A_key_belongs_to_one_client_and_one_path()
    {
        var body = A.Referral();
        var first = (await new Court(Exchange).PostAsync("/v1/referrals", body, _key)).Is(201);
        var other = (await new Court(Exchange, "fiscalia-central").PostAsync("/v1/referrals", body, _key)).Is(201);
        Assert.NotEqual(first.Id, other.Id);

        (await new Court(Exchange).PostAsync($"/v1/referrals/{first.Id}/cancellation", new() { ["reason"] = "Fuga" }, _key)).Is(200);
    }

    [Fact]
    public async Task Concurrent_twins_have_one_effect_and_one_answer()
    {
        var (court, body) = (new Court(Exchange), A.Referral());
        await court.GetAsync("/v1/referrals?limit=1"); // one token for all

        var twins = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => court.PostAsync("/v1/referrals", body, _key)));

        Assert.All(twins, t => t.Is(201));
        Assert.Single(twins.Select(t => (t.Id, t.Headers.Location?.ToString())).Distinct());
        Assert.Single((await court.GetAsync($"/v1/referrals?person={twins[0]["personId"]}")).Is(200).Items);
    }

    [Fact]
    public async Task Concurrent_twins_of_an_act_move_the_referral_once()
    {
        var it = await Case.SendAsync(Exchange);

        var twins = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => it.Clinic.PostAsync($"/v1/referrals/{it.Id}/acceptance", null, _key)));

        Assert.All(twins, t => Assert.Equal("accepted", t.Is(200)["status"]));
        Assert.Equal(1, await Exchange.EventsAsync($"referrals/{it.Id}", "org.interop.referral.accepted.v1"));
    }

    [Fact]
    public async Task A_refusal_is_not_remembered()
    {
        var it = await Case.SendAsync(Exchange);
        var path = $"/v1/referrals/{it.Id}/admission";
        (await it.Clinic.PostAsync(path, null, _key)).Is(409);
        (await it.Clinic.AcceptAsync(it.Id)).Is(200);

        (await it.Clinic.PostAsync(path, new() { ["reason"] = 7 }, _key)).Is(422);
        (await it.Clinic.PostAsync(path, null, _key)).Is(200);
        (await it.Clinic.PostAsync(path, null, _key)).Is(200);
    }

    [Fact]
    public async Task After_a_revocation_the_repeat_shows_nothing_of_the_person()
    {
        var it = await Case.SendAsync(Exchange);
        var path = $"/v1/referrals/{it.Id}/acceptance";
        Assert.Contains("Pérez", (await it.Clinic.PostAsync(path, null, _key)).Is(200).Text, StringComparison.Ordinal);
        (await it.RevokeByCourtAsync(it.ReferralConsent)).Is(200);

        var repeat = (await it.Clinic.PostAsync(path, null, _key)).Is(200); // its own act, and nothing else

        foreach (var hidden in new[] { "person", "matter", "note", "needs", "service", "intercept" })
            Assert.Null(repeat[hidden]);
        (await it.Court.ReassignAsync(it.Id, "clinica-del-valle")).Is(200);
        (await it.Clinic.PostAsync(path, null, _key)).Is(404);
    }

    [Fact]
    public async Task A_repeat_of_a_courts_request_shows_what_it_may_see_now()
    {
        var it = await Case.AdmitAsync(Exchange);
        await it.MonitorAsync("treatment-status");
        var reason = new JsonObject { ["reason"] = "Fuga" };
        var first = (await it.Court.PostAsync($"/v1/referrals/{it.Id}/cancellation", reason, _key)).Is(200);
        Assert.NotNull(first["admittedAt"]);
        (await it.RevokeAsync(it.Monitoring)).Is(200);

        Assert.Null((await it.Court.PostAsync($"/v1/referrals/{it.Id}/cancellation", reason, _key)).Is(200)["admittedAt"]);
    }

    [Theory]
    [InlineData("clave con espacios")]
    [InlineData("ключ")]
    public async Task A_key_is_visible_ASCII(string key) =>
        (await new Court(Exchange).PostAsync("/v1/referrals", A.Referral(), ("Idempotency-Key", key))).Refuses(400, "Idempotency-Key idempotency.key");

    [Fact]
    public async Task A_key_has_at_most_255_characters()
    {
        (await new Court(Exchange).PostAsync("/v1/referrals", A.Referral(), ("Idempotency-Key", new('k', 256)))).Refuses(400, "Idempotency-Key idempotency.key");
        (await new Court(Exchange).PostAsync("/v1/referrals", A.Referral(), ("Idempotency-Key", _key.Item2 + new string('k', 255 - _key.Item2.Length)))).Is(201);
    }

    [Fact]
    public async Task Nothing_of_the_answer_is_kept_and_after_a_day_the_key_is_free()
    {
        var clock = new TestClock();
        var exchange = await StartAsync(new() { Clock = clock });
        var (court, body) = (new Court(exchange), A.Referral());
        var first = (await court.PostAsync("/v1/referrals", body, _key)).Is(201);
        var row = await exchange.LookAsync(db => db.Set<IdempotencyKey>().AsNoTracking().SingleAsync());
        Assert.Equal((201, first.Id.ToString()), (row.Status, row.Subject));

        clock.Advance(TimeSpan.FromHours(24).Subtract(TimeSpan.FromMinutes(1)));
        Assert.Equal(first.Id, (await court.PostAsync("/v1/referrals", body, _key)).Is(201).Id);
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.NotEqual(first.Id, (await court.PostAsync("/v1/referrals", body, _key)).Is(201).Id);
    }
}

public sealed class IdempotencyOnSqlite(SqliteExchange shared) : IdempotencyTests(shared);

public sealed class IdempotencyOnPostgreSql(PostgreSqlExchange shared) : IdempotencyTests(shared);

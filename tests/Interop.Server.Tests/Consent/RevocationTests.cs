using System.Text.Json.Nodes;
using Interop.Consent;
using Interop.Platform;
using Interop.Server.Tests.World;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Interop.Server.Tests.Consent;

/// <summary>How a consent ends by somebody's word, and what is gone at once.</summary>
public abstract class RevocationTests(SharedExchange shared) : ExchangeTests(shared)
{
    [Fact]
    public async Task A_revoked_referral_consent_hides_the_referral_from_its_provider_at_once()
    {
        var it = await Case.SendAsync(Exchange);
        var mine = $"/v1/referrals?person={it.Person}";
        Assert.Single((await it.Clinic.GetAsync(mine)).Is(200).Items);

        (await it.Court.PostAsync($"/v1/consents/{it.ReferralConsent}/revocation", Why)).Is(200);

        (await it.Clinic.ReadAsync(it.Id)).Is(404);
        (await it.Clinic.HistoryAsync(it.Id)).Is(404);
        (await it.Clinic.GetAsync($"/v1/referrals/{it.Id}/appointments")).Is(404);
        (await it.Clinic.AcceptAsync(it.Id)).Is(404);
        var page = (await it.Clinic.GetAsync(mine)).Is(200);
        Assert.Empty(page.Items);
        Assert.Null(page["next"]);
    }

    [Fact]
    public async Task A_revoked_monitoring_consent_takes_back_state_version_history_and_reports()
    {
        var it = await Case.SendAsync(Exchange);
        (await it.Clinic.AcceptAsync(it.Id)).Is(200);
        var before = (await it.Court.ReadAsync(it.Id)).Is(200);
        var history = (await it.Court.HistoryAsync(it.Id)).Is(200).Text;
        await it.MonitorAsync("treatment-status", "attendance");
        (await it.Clinic.AdmitAsync(it.Id)).Is(200);
        (await it.Clinic.ReportAsync(it.Id, "attendance", "attended")).Is(201);
        Assert.Equal("admitted", (await it.Supervision.ReadAsync(it.Id)).Is(200)["status"]);

        (await it.RevokeAsync(it.Monitoring)).Is(200);

        var after = (await it.Court.ReadAsync(it.Id)).Is(200);
        Assert.Equal(before.Text, after.Text);
        Assert.Equal(before.ETag, after.ETag);
        Assert.Equal(history, (await it.Court.HistoryAsync(it.Id)).Is(200).Text);
        Assert.Empty((await it.Court.ReportsAsync(it.Id)).Is(200).Items);
        Assert.Empty((await it.Court.GetAsync($"/v1/referrals?person={it.Person}&status=admitted")).Is(200).Items);
        Assert.Single((await it.Court.GetAsync($"/v1/referrals?person={it.Person}&status=accepted")).Is(200).Items);
        (await it.Supervision.ReadAsync(it.Id)).Is(404);
        Assert.Empty((await it.Supervision.GetAsync($"/v1/referrals?person={it.Person}")).Is(200).Items);
    }

    [Fact]
    public async Task A_revocation_is_made_once_with_a_reason_and_by_a_party()
    {
        var it = await Case.SendAsync(Exchange);
        await it.MonitorAsync("attendance");
        var path = $"/v1/consents/{it.Monitoring}/revocation";

        (await new Clinic(Exchange, "hospital-ajeno").PostAsync(path, Why)).Is(404);
        (await it.Clinic.PostAsync(path, new JsonObject())).Refuses(422, "reason required");
        Assert.Equal("revoked", (await it.Supervision.PostAsync(path, Why)).Is(200)["status"]);
        (await it.Clinic.PostAsync(path, Why)).Refuses(409, " consent.already-ended");
    }

    [Fact]
    public async Task Before_its_date_a_revocation_is_refused_saying_when_it_may_be()
    {
        var it = await Case.SendAsync(Exchange);
        var from = Exchange.Now.AddDays(30);
        var consent = await CaptureAsync(it, new JsonObject { ["from"] = A.Time(from) });

        var refused = (await it.RevokeAsync(consent)).Refuses(409, " consent.not-revocable-until");

        Assert.Contains(from.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture), refused.Message, StringComparison.Ordinal);
        (await it.Supervision.ReadAsync(it.Id)).Is(200); // and nothing has ended
    }

    [Fact]
    public async Task Before_its_event_a_revocation_is_refused_saying_which()
    {
        var it = await Case.SendAsync(Exchange);
        var consent = await CaptureAsync(it, new JsonObject { ["event"] = "final-disposition" });

        var refused = (await it.RevokeAsync(consent)).Refuses(409, " consent.not-revocable-until-event");

        Assert.Contains("final-disposition", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Date_or_event_whichever_comes_first_and_the_refusal_names_both()
    {
        var it = await Case.SendAsync(Exchange);
        var revocable = new JsonObject { ["from"] = A.Time(Exchange.Now.AddDays(30)), ["event"] = "final-disposition" };

        (await it.RevokeAsync(await CaptureAsync(it, revocable))).Refuses(409, " consent.not-revocable-until-either");

        (await it.RevokeAsync(await CaptureAsync(it, revocable.With("from", A.Time(Exchange.Now.AddMinutes(-1)))))).Is(200);
    }

    [Fact]
    public async Task Final_disposition_ends_every_justice_consent_of_the_matter_and_no_other()
    {
        var it = await Case.AdmitAsync(Exchange);
        await it.MonitorAsync("treatment-status");
        var dated = await CaptureAsync(it, null, c => c.Without("untilEvent").With("until", A.Time(Exchange.Now.AddDays(90))));

        (await it.Court.DisposeAsync(it.Matter)).Is(200);

        foreach (var consent in new[] { it.Monitoring, dated })
        {
            var ended = (await it.Clinic.GetAsync($"/v1/consents/{consent}")).Is(200);
            Assert.Equal(("expired", "final-disposition"), (ended["status"], ended["endedBy"]));
        }
        Assert.Equal("active", (await it.Court.GetAsync($"/v1/consents/{it.ReferralConsent}")).Is(200)["status"]);
        Assert.Equal("accepted", (await it.Court.ReadAsync(it.Id)).Is(200)["status"]);
        (await it.Supervision.ReadAsync(it.Id)).Is(404);
        (await it.Clinic.ReadAsync(it.Id)).Is(200);
        (await it.Clinic.PostAsync("/v1/consents", A.MonitoringConsent(it.Referral, Exchange.Now, "attendance"))).Refuses(409, "matter matter.disposed");
        Assert.Equal(1, await Exchange.EventsAsync($"matters/{it.Matter}", "org.interop.matter.disposed.v1"));
    }

    [Fact]
    public async Task A_disposition_by_a_clock_that_runs_ahead_ends_them_at_once_too()
    {
        var it = await Case.AdmitAsync(Exchange);
        await it.MonitorAsync("treatment-status");

        (await it.Court.DisposeAsync(it.Matter, Exchange.Now.AddMinutes(4))).Is(200);

        (await it.Supervision.ReadAsync(it.Id)).Is(404);
        Assert.Equal("accepted", (await it.Court.ReadAsync(it.Id)).Is(200)["status"]);
    }

    [Fact]
    public async Task The_end_of_treatment_ends_the_consents_that_name_it()
    {
        var it = await Case.AdmitAsync(Exchange);
        var consent = await CaptureAsync(it, null, c => c.With("untilEvent", "end-of-treatment").With("categories", new[] { "treatment-status" }));
        Assert.Equal("admitted", (await it.Court.ReadAsync(it.Id)).Is(200)["status"]);

        (await it.Clinic.DischargeAsync(it.Id)).Is(200);

        Assert.Equal("end-of-treatment", (await it.Clinic.GetAsync($"/v1/consents/{consent}")).Is(200)["endedBy"]);
        Assert.Equal("accepted", (await it.Court.ReadAsync(it.Id)).Is(200)["status"]);
    }

    [Fact]
    public async Task The_end_of_supervision_ends_the_consents_that_name_it_and_leaves_the_matter_open()
    {
        var it = await Case.AdmitAsync(Exchange);
        await it.MonitorAsync("treatment-status");
        var consent = await CaptureAsync(it, null, c => c.With("untilEvent", "end-of-supervision"));
        var dated = await CaptureAsync(it, new() { ["event"] = "end-of-supervision" });
        (await it.Clinic.ReportAsync(it.Id, "attendance", "attended")).Is(201);
        (await it.RevokeAsync(dated)).Refuses(409, " consent.not-revocable-until-event");
        var path = $"/v1/matters/{it.Matter}/end-of-supervision";
        (await it.Supervision.PostAsync(path, At())).Is(404); // only who opened the matter
        (await it.Clinic.PostAsync(path, At())).Is(403);
        (await it.Court.PostAsync(path)).Refuses(422, "at required");
        (await it.Court.PostAsync(path, new() { ["at"] = A.Time(Exchange.Now.AddDays(1)) })).Refuses(422, "at date.future");

        var recorded = Exchange.Now;
        var matter = (await it.Court.PostAsync(path, At())).Is(200);

        Assert.Equal("open", matter["status"]);
        Assert.NotNull(matter["supervisionEndedAt"]);
        var ended = (await it.Clinic.GetAsync($"/v1/consents/{consent}")).Is(200);
        Assert.Equal(("expired", "end-of-supervision"), (ended["status"], ended["endedBy"]));
        Assert.True(DateTimeOffset.Parse(ended["endedAt"]!, null) >= recorded.AddSeconds(-1)); // when it was recorded, whatever date was given
        Assert.Equal("active", (await it.Clinic.GetAsync($"/v1/consents/{it.Monitoring}")).Is(200)["status"]); // it ends with the disposition
        Assert.Equal((1, 1), (await Exchange.EventsAsync($"consents/{consent}", "org.interop.consent.expired.v1"), await Exchange.EventsAsync($"matters/{it.Matter}", "org.interop.matter.supervision-ended.v1")));
        (await it.RevokeAsync(dated)).Is(200);
        Assert.Empty((await it.Court.ReportsAsync(it.Id)).Is(200).Items);
        (await it.Clinic.PostAsync("/v1/consents", A.MonitoringConsent(it.Referral, Exchange.Now, "attendance").With("untilEvent", "end-of-supervision")))
            .Refuses(409, "untilEvent matter.supervision-ended");

        JsonObject At() => new() { ["at"] = A.Time(Exchange.Now.AddDays(-3)) };
    }

    [Fact]
    public async Task A_recipient_sees_that_a_consent_names_it_and_its_scope_but_not_its_text()
    {
        var it = await Case.SendAsync(Exchange);
        await it.MonitorAsync("attendance");

        var whole = (await it.Clinic.GetAsync($"/v1/consents/{it.Monitoring}")).Is(200);
        var scope = (await it.Court.GetAsync($"/v1/consents/{it.Monitoring}")).Is(200);

        Assert.Equal("Ana Pérez", whole["signature.by"]);
        Assert.Equal("attendance", scope["categories[0]"]);
        Assert.Equal("centro-esperanza", scope["discloser"]);
        foreach (var text in new[] { "signature", "language", "capturedBy", "revocationReason" })
            Assert.Null(scope[text]);
        Assert.Equal(2, (await it.Clinic.GetAsync($"/v1/consents?person={it.Person}")).Is(200).Items.Count);
        (await new Court(Exchange, "fiscalia-central").GetAsync($"/v1/consents/{it.Monitoring}")).Is(404);
        Assert.Empty((await new Court(Exchange, "fiscalia-central").GetAsync($"/v1/consents?person={it.Person}")).Is(200).Items);
    }

    [Fact]
    public async Task A_revocation_against_a_stale_version_changes_nothing()
    {
        var it = await Case.SendAsync(Exchange);
        await it.MonitorAsync("attendance");
        var path = $"/v1/consents/{it.Monitoring}/revocation";
        Assert.Equal("\"1\"", (await it.Clinic.GetAsync($"/v1/consents/{it.Monitoring}")).Is(200).ETag);

        (await it.Clinic.PostAsync(path, Why, ("If-Match", "\"7\""))).Refuses(412);
        Assert.Equal("active", (await it.Clinic.GetAsync($"/v1/consents/{it.Monitoring}")).Is(200)["status"]);

        Assert.Equal("\"2\"", (await it.Clinic.PostAsync(path, Why, ("If-Match", "\"1\""))).Is(200).ETag);
    }

    static JsonObject Why => new() { ["reason"] = "Lo pidió" };

    [Fact]
    public async Task A_consent_that_may_be_revoked_once_treatment_has_ended_may_be_then()
    {
        var it = await Case.AdmitAsync(Exchange);
        var consent = await CaptureAsync(it, new() { ["event"] = "end-of-treatment" });

        (await it.RevokeAsync(consent)).Refuses(409, " consent.not-revocable-until-event");
        (await it.Clinic.DischargeAsync(it.Id)).Is(200);
        (await it.RevokeAsync(consent)).Is(200);
    }

    [Fact]
    public async Task Of_several_who_revoke_one_consent_at_once_one_does_and_it_is_one_version()
    {
        var it = await Case.SendAsync(Exchange);
        var replies = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => it.Court.PostAsync($"/v1/consents/{it.ReferralConsent}/revocation", Why)));
        Assert.Equal([200, .. Enumerable.Repeat(409, 7)], replies.Select(r => r.Status).Order());
        Assert.All(replies.Where(r => r.Status == 409), r => Assert.Contains("consent.already-ended", r.Text, StringComparison.Ordinal));
        var versions = await Exchange.LookAsync(db => db.ConsentVersions.AsNoTracking().Where(v => v.ConsentId == new Id<ConsentGiven>(it.ReferralConsent)).Select(v => v.Version).ToListAsync());
        Assert.Equal([1, 2], versions.Order());
    }

    [Fact]
    public async Task What_a_unit_of_work_has_changed_it_reads_so_once_it_takes_locks_again()
    {
        var it = await Case.SendAsync(Exchange);
        await using var scope = Exchange.Services.CreateAsyncScope();
        var (work, gate, id) = (scope.ServiceProvider.GetRequiredService<Work>(), scope.ServiceProvider.GetRequiredService<Gate>(), new Id<ConsentGiven>(it.ReferralConsent));
        await work.RunAsync<ConsentGiven>(async () =>
        {
            var consent = (await gate.OpenOfAsync(id, default))!;
            (consent.EndedAt, consent.EndedBy) = (work.Now, ConsentEnds.Revoked);
            work.Update(consent);

            var again = (await gate.OpenOfAsync(id, default))!;

            Assert.NotSame(consent, again);
            Assert.Equal((consent.EndedAt, consent.EndedBy, consent.Signature.By), (again.EndedAt, again.EndedBy, again.Signature.By));
            Assert.Empty(gate.Consents(it.Person));
            return Refusal.NotFound; // rolled back
        }, default);
        (await it.Clinic.ReadAsync(it.Id)).Is(200);
    }

    async Task<Guid> CaptureAsync(Case it, JsonObject? revocable, Func<JsonObject, JsonObject>? change = null)
    {
        var consent = A.MonitoringConsent(it.Referral, Exchange.Now, "attendance").With("revocable", revocable);
        return (await it.Clinic.PostAsync("/v1/consents", change?.Invoke(consent) ?? consent)).Is(201).Id;
    }
}

public sealed class RevocationOnSqlite(SqliteExchange shared) : RevocationTests(shared);

public sealed class RevocationOnPostgreSql(PostgreSqlExchange shared) : RevocationTests(shared);

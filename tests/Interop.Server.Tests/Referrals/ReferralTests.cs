using System.Text.Json.Nodes;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Referrals;

/// <summary>Making a referral, turning it to another provider, cancelling it.</summary>
public abstract class ReferralTests(SharedExchange shared) : ExchangeTests(shared)
{
    [Fact]
    public async Task A_new_referral_waits_for_consent_and_says_where_it_is()
    {
        var made = await new Court(Exchange).ReferAsync(A.Referral());

        Assert.Equal(("awaiting-consent", "1", "\"1\""), (made["status"], made["version"], made.ETag));
        Assert.Equal($"/v1/referrals/{made.Id}", made.Headers.Location?.ToString());
        Assert.Equal(7, made.Id.Version);
    }

    [Fact]
    public async Task An_empty_referral_is_told_everything_that_it_lacks() =>
        (await new Court(Exchange).PostAsync("/v1/referrals", new JsonObject { ["person"] = new JsonObject(), ["matter"] = new JsonObject() })).Refuses(422,
            "person.familyName required", "person.givenNames required", "person.birthDate required", "person.sex required", "person.language required",
            "person.identifiers required", "matter.number required", "matter.jurisdiction required", "intercept required", "service required", "providerId required");

    [Theory]
    [InlineData("person.birthDate", "2190-01-01", "person.birthDate date.future")]
    [InlineData("person.birthDate", "1090-01-01", "person.birthDate date.absurd")]
    [InlineData("person.sex", "f", "person.sex code.unknown")]
    [InlineData("person.familyName", " ", "person.familyName text.empty")]
    [InlineData("intercept", "jail", "intercept code.unknown")]
    [InlineData("service", "spa", "service code.unknown")]
    [InlineData("providerId", "nadie", "providerId organisation.unknown")]
    [InlineData("providerId", "fiscalia-central", "providerId organisation.not-care")]
    [InlineData("respondBy", "2020-01-01T00:00:00Z", "respondBy date.past")]
    [InlineData("respondBy", "mañana", "respondBy type.instant")]
    [InlineData("diagnosis", "F11.2", "diagnosis member.unknown")]
    public async Task A_wrong_member_is_named(string path, string value, string fault) =>
        (await new Court(Exchange).PostAsync("/v1/referrals", A.Referral().With(path, value))).Refuses(422, fault);

    [Theory]
    [InlineData("pre-arrest", null, 0)]
    [InlineData("pre-arrest", 1, 1)]
    [InlineData("arrest", null, 1)]
    [InlineData("pretrial", null, 2)]
    [InlineData("trial", null, 3)]
    [InlineData("sentencing", null, 3)]
    [InlineData("post-sentence", null, 4)]
    [InlineData("post-sentence", 5, 5)]
    public async Task Both_codes_of_the_intercept_are_kept(string code, int? asked, int sequential)
    {
        var made = await new Court(Exchange).ReferAsync(A.Referral().With("intercept", code).With("sequentialIntercept", asked));

        Assert.Equal((code, sequential.ToString(System.Globalization.CultureInfo.InvariantCulture)), (made["intercept"], made["sequentialIntercept"]));
    }

    [Fact]
    public async Task Codes_of_the_intercept_that_contradict_each_other_are_refused() =>
        (await new Court(Exchange).PostAsync("/v1/referrals", A.Referral().With("sequentialIntercept", 2))).Refuses(422, "sequentialIntercept code.unknown");

    [Fact]
    public async Task A_likely_duplicate_is_a_warning_that_names_it()
    {
        var first = await Case.OpenAsync(Exchange);
        var again = A.Referral().With("person", A.Person().With("identifiers", first.Referral.Json.At("person.identifiers")!.DeepClone()))
            .With("matter", new JsonObject { ["number"] = first.Referral["matter.number"], ["jurisdiction"] = "GT" });

        var second = await first.Court.ReferAsync(again);

        Assert.Equal(("likely-duplicate", first.Id.ToString()), (second["warnings[0].code"], second["warnings[0].referralId"]));
        Assert.Equal(first.Referral["personId"], second["personId"]);
        Assert.Empty((await first.Court.ReferAsync(again.With("service", "intensive-outpatient"))).Json!["warnings"]!.AsArray());
        (await first.Court.CancelAsync(first.Id)).Is(200);
        (await first.Court.CancelAsync(second.Id)).Is(200);
        Assert.Empty((await first.Court.ReferAsync(again)).Json!["warnings"]!.AsArray());
    }

    [Fact]
    public async Task A_service_and_a_need_that_the_provider_does_not_list_are_warnings()
    {
        var made = await new Court(Exchange).ReferAsync(A.Referral().With("service", "residential").With("needs", new[] { "women", "pregnant", "language:quc" }));

        Assert.Equal(["service-not-listed service", "need-not-listed needs[0]", "need-not-listed needs[1]", "need-not-listed needs[2]"],
            made.Json!["warnings"]!.AsArray().Select(w => $"{w!["code"]} {w["path"]}"));
        Assert.Empty((await new Court(Exchange).ReferAsync(A.Referral().With("providerId", "clinica-del-valle").With("service", "residential")
            .With("needs", new[] { "women-with-children", "language:es" }))).Json!["warnings"]!.AsArray());
    }

    [Fact]
    public async Task A_consent_given_before_lets_a_later_referral_leave_at_once()
    {
        var it = await Case.SendAsync(Exchange);

        var second = await it.Court.ReferAsync(A.Referral().With("service", "aftercare")
            .With("person.identifiers", it.Referral.Json.At("person.identifiers")!.DeepClone()).With("matter.number", it.Referral["matter.number"]));

        Assert.Equal("sent", second["status"]);
        (await it.Clinic.ReadAsync(second.Id)).Is(200);
    }

    [Fact]
    public async Task A_reassigned_referral_waits_for_consent_anew_and_is_gone_for_the_old_provider()
    {
        var it = await Case.InAsync(Exchange, "admitted");
        var valle = new Clinic(Exchange, "clinica-del-valle");

        var moved = (await it.Court.ReassignAsync(it.Id, "clinica-del-valle")).Is(200);

        Assert.Equal(("awaiting-consent", "clinica-del-valle"), (moved["status"], moved["providerId"]));
        (await it.Clinic.ReadAsync(it.Id)).Is(404);
        (await it.Clinic.ReportAsync(it.Id, "attendance", "attended")).Is(404);
        Assert.Empty((await it.Clinic.GetAsync($"/v1/referrals?person={it.Person}")).Is(200).Items);
        (await valle.ReadAsync(it.Id)).Is(404); // the person's consent names the old provider

        (await it.Court.PostAsync("/v1/consents", A.ReferralConsent(moved, Exchange.Now))).Is(201);

        Assert.Equal("sent", (await valle.ReadAsync(it.Id)).Is(200)["status"]);
        Assert.DoesNotContain((await valle.HistoryAsync(it.Id)).Is(200).Items, e => e["by"]!.ToString() == "centro-esperanza"); // what it did is not the new one's to know
        (await it.Clinic.ReadAsync(it.Id)).Is(404);
        (await valle.AcceptAsync(it.Id)).Is(200);
    }

    [Theory]
    [InlineData("centro-esperanza", "provider.same")]
    [InlineData("libertad-vigilada", "organisation.not-care")]
    [InlineData("nadie", "organisation.unknown")]
    public async Task It_is_reassigned_to_another_care_organisation_and_no_other(string provider, string fault)
    {
        var it = await Case.SendAsync(Exchange);

        (await it.Court.ReassignAsync(it.Id, provider)).Refuses(422, $"providerId {fault}");
    }

    [Fact]
    public async Task A_provider_asks_for_cancellation_the_court_cancels_and_the_provider_confirms_once()
    {
        var it = await Case.InAsync(Exchange, "admitted");

        Assert.Equal("true", (await it.Clinic.RequestCancellationAsync(it.Id)).Is(200)["cancellationRequested"]);
        Assert.Equal("true", (await it.Court.ReadAsync(it.Id)).Is(200)["cancellationRequested"]);
        var cancelled = (await it.Court.CancelAsync(it.Id)).Is(200);
        Assert.Equal(("cancelled", "false", null), (cancelled["status"], cancelled["cancellationConfirmed"], cancelled["cancellationRequested"]));

        (await it.Clinic.ConfirmCancellationAsync(it.Id)).Is(200);
        Assert.Equal("true", (await it.Court.ReadAsync(it.Id)).Is(200)["cancellationConfirmed"]);
        (await it.Clinic.ConfirmCancellationAsync(it.Id)).Refuses(409, " referral.confirmed");
    }

    [Fact]
    public async Task A_disposed_matter_takes_no_referral_and_is_its_openers_to_dispose_of()
    {
        var it = await Case.OpenAsync(Exchange);
        (await new Court(Exchange, "fiscalia-central").DisposeAsync(it.Matter)).Is(404);
        (await it.Court.DisposeAsync(it.Matter, Exchange.Now.AddDays(1))).Refuses(422, "at date.future");

        (await it.Court.DisposeAsync(it.Matter)).Is(200);

        (await it.Court.PostAsync("/v1/referrals", A.Referral().With("matter.number", it.Referral["matter.number"]))).Refuses(409, "matter.number matter.disposed");
        (await it.Court.PostAsync("/v1/consents", A.ReferralConsent(it.Referral, Exchange.Now))).Refuses(409, "matter matter.disposed");
        (await it.Court.DisposeAsync(it.Matter, Exchange.Now.AddDays(-1))).Is(200); // a correction
    }

    [Fact]
    public async Task If_Match_is_held_against_the_version_that_its_sender_sees()
    {
        var it = await Case.SendAsync(Exchange);
        var path = $"/v1/referrals/{it.Id}/acceptance";
        var seen = (await it.Clinic.ReadAsync(it.Id)).Is(200).ETag!;

        (await it.Clinic.PostAsync(path, null, ("If-Match", "\"99\""))).Refuses(412);
        (await it.Clinic.PostAsync(path, null, ("If-Match", "nonsense"))).Refuses(412);
        (await it.Clinic.PostAsync(path, null, ("If-Match", $"\"99\", W/{seen}"))).Is(200);

        var court = (await it.Court.ReadAsync(it.Id)).Is(200).ETag!;
        (await it.Clinic.AdmitAsync(it.Id)).Is(200); // which the court does not see
        (await it.Court.PostAsync($"/v1/referrals/{it.Id}/cancellation", new() { ["reason"] = "Fuga" }, ("If-Match", court))).Is(200);
    }
}

public sealed class ReferralsOnSqlite(SqliteExchange shared) : ReferralTests(shared);

public sealed class ReferralsOnPostgreSql(PostgreSqlExchange shared) : ReferralTests(shared);

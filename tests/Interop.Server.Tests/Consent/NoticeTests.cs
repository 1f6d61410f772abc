using System.Text.Json.Nodes;
using Interop.Directory;
using Interop.Server.Tests.Delivery;
using Interop.Server.Tests.World;
using Microsoft.EntityFrameworkCore;

namespace Interop.Server.Tests.Consent;

/// <summary>What goes with every disclosure (42 CFR 2.32): the notice and the scope, in the recipient's language, at each door.</summary>
public abstract class NoticeTests(SharedExchange shared) : ExchangeTests(shared)
{
    /// <summary>What is asked for, else the organisation's own; and a word of the notice in it.</summary>
    public static TheoryData<string?, string, string> Languages => new() { { null, "es", "prohíbe" }, { "en", "en", "prohibits" }, { "fr-CA, en;q=0.5", "fr", "interdit" }, { "pt-BR", "pt", "proíbe" }, { "de", "es", "prohíbe" } };

    [Theory]
    [MemberData(nameof(Languages))]
    public async Task Over_REST_it_is_in_the_body_and_told_in_a_header(string? asked, string language, string word)
    {
        var it = await Case.AdmitAsync(Exchange);
        await it.MonitorAsync("treatment-status", "attendance");
        (await it.Clinic.ReportAsync(it.Id, "attendance", "attended", Exchange.Now.AddMinutes(-1))).Is(201);
        (string, string)[] headers = asked is null ? [] : [("Accept-Language", asked)];

        var read = (await it.Court.GetAsync($"/v1/referrals/{it.Id}", headers)).Is(200);
        Assert.Equal(language, read["notice.language"]);
        Assert.Contains(word, read["notice.text"], StringComparison.Ordinal);
        var scope = read.Json!["notice"]!["consents"]!.AsArray().Single(c => c!["kind"]!.ToString() == "justice-monitoring")!;
        Assert.Contains("treatment-status, attendance", scope["text"]!.ToString(), StringComparison.Ordinal);
        Assert.Contains("final-disposition", scope["text"]!.ToString(), StringComparison.Ordinal);
        var report = (await it.Court.GetAsync($"/v1/referrals/{it.Id}/compliance-updates")).Items[0]["id"];
        foreach (var (path, where) in new[]
        {
            ("", "notice"), ("/history", "notice"), ("/appointments", "notice"), ("/compliance-updates", "items[0].notice"), ($"/compliance-updates/{report}", "notice"),
        })
            IsNoticed(await it.Court.GetAsync($"/v1/referrals/{it.Id}{path}", headers), where, language, word);
        IsNoticed(await it.Court.GetAsync($"/v1/referrals?person={it.Person}", headers), "items[0].notice", language, word);
        Assert.False(IsNoticed(await it.Court.GetAsync("/v1/directory/services")));
    }

    /// <summary>What an act answers shows the referral too: the justice side's acts, and the provider's.</summary>
    [Theory]
    [MemberData(nameof(Languages))]
    public async Task What_an_act_answers_carries_it_too(string? asked, string language, string word)
    {
        var it = await Case.SendAsync(Exchange);
        (string, string)[] headers = asked is null ? [] : [("Accept-Language", asked)];

        IsNoticed(await it.Clinic.PostAsync($"/v1/referrals/{it.Id}/acceptance", null, headers), "notice", language, word);
        var at = new JsonObject { ["at"] = A.Time(Exchange.Now.AddDays(2)), ["kind"] = "assessment" };
        var scheduled = (await it.Clinic.PostAsync($"/v1/referrals/{it.Id}/appointments", at, headers)).Is(201);
        IsNoticed(scheduled with { Status = 200 }, "referral.notice", language, word);
        IsNoticed(await it.Clinic.PostAsync($"/v1/referrals/{it.Id}/admission", null, headers), "notice", language, word);
        IsNoticed(await it.Court.PostAsync($"/v1/referrals/{it.Id}/cancellation", new() { ["reason"] = "Fuga" }, headers), "notice", language, word);
    }

    /// <summary>Once nobody consents any more there is nothing to go with: what a referrer still sees is its own.</summary>
    [Fact]
    public async Task What_rests_on_no_consent_carries_none()
    {
        var it = await Case.SendAsync(Exchange);
        (await it.RevokeByCourtAsync(it.ReferralConsent)).Is(200);
        foreach (var path in (string[])["", "/history", "/appointments", "/compliance-updates"])
        {
            var read = await it.Court.GetAsync($"/v1/referrals/{it.Id}{path}");
            Assert.False(IsNoticed(read), path);
            Assert.DoesNotContain("\"notice\"", read.Text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Languages))]
    public async Task Over_FHIR_it_is_a_label_the_words_the_scope_and_of_a_search_an_outcome(string? asked, string language, string word)
    {
        var it = await Case.SendAsync(Exchange);
        (string, string)[] headers = asked is null ? [] : [("Accept-Language", asked)];
        Assert.Equal(2, language.Length);

        foreach (var path in new[] { $"Task/{it.Id}", $"ServiceRequest/{it.Id}", $"Patient/{it.Person}" })
        {
            var read = (await it.Clinic.GetAsync($"/fhir/{path}", headers)).Is(200);
            Assert.True(IsNoticed(read));
            Assert.Equal("NORDSCLCD", read["meta.security[0].code"]);
            Assert.Contains(word, read["meta.extension[0].valueString"], StringComparison.Ordinal);
            Assert.Equal($"Consent/{it.ReferralConsent}", read["meta.extension[1].valueReference.reference"]);
            Assert.Contains("referral", read["meta.extension[1].valueReference.display"], StringComparison.Ordinal);
            (await it.Clinic.GetAsync($"/fhir/{read["meta.extension[1].valueReference.reference"]}")).Is(200); // the copy of its scope

            var found = (await it.Clinic.GetAsync($"/fhir/{path.Split('/')[0]}?_id={path.Split('/')[1]}", headers)).Is(200);
            Assert.True(IsNoticed(found));
            Assert.Equal(("1", 2), (found["total"], found.Json!["entry"]!.AsArray().Count));
            Assert.Equal(("outcome", "OperationOutcome", "information", "NORDSCLCD"),
                (found["entry[1].search.mode"], found["entry[1].resource.resourceType"], found["entry[1].resource.issue[0].severity"], found["entry[1].resource.issue[0].details.coding[0].code"]));
            Assert.Contains(word, found["entry[1].resource.issue[0].details.text"], StringComparison.Ordinal);
        }
        var none = (await it.Clinic.GetAsync($"/fhir/Task?_id={it.Person}", headers)).Is(200);
        Assert.Null(none.Json!["entry"]);
        Assert.False(IsNoticed(none));
    }

    [Fact]
    public async Task What_is_put_together_from_several_referrals_names_each_consent_that_it_rests_on()
    {
        var first = await Case.SendAsync(Exchange);
        var second = await Case.SendAsync(Exchange, A.Referral().With("person.identifiers", first.Referral.Json!["person"]!["identifiers"]!.DeepClone()));
        Assert.Equal(first.Person, second.Person);

        var meta = (await first.Clinic.GetAsync($"/fhir/Patient/{first.Person}")).Is(200).Json!["meta"]!;

        Assert.Equal(new[] { $"Consent/{first.ReferralConsent}", $"Consent/{second.ReferralConsent}" }.Order(StringComparer.Ordinal),
            meta["extension"]!.AsArray().Select(e => e.At("valueReference.reference")?.ToString()).OfType<string>().Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task In_an_event_with_its_payload_it_is_in_the_language_of_the_organisation()
    {
        await using var partner = new Partner();
        await partner.StartAsync();
        var exchange = await StartAsync(new() { Workers = true });
        (string Organisation, string Language, string Word)[] told = [("juzgado-central", "es", "prohíbe"), ("libertad-vigilada", "fr", "interdit"), ("fiscalia-central", "pt", "proíbe"), ("centro-esperanza", "en", "prohibits")];
        var it = await Case.OpenAsync(exchange);
        foreach (var (organisation, language, _) in told)
        {
            await exchange.LookAsync(db => db.Organisations.Where(o => o.Id == organisation).ExecuteUpdateAsync(o => o.SetProperty(x => x.Language, language)));
            (await new Party(exchange, organisation).PostAsync("/v1/subscriptions", new JsonObject
            {
                ["channel"] = "webhook", ["url"] = $"{partner.Url}/{organisation}", ["payload"] = "full",
                ["events"] = new JsonArray(organisation == "centro-esperanza" ? "org.interop.referral.sent.v1" : "org.interop.referral.admitted.v1"),
            })).Is(201);
        }
        await it.ConsentAsync();
        (await it.Clinic.PostAsync("/v1/consents", A.MonitoringConsent(it.Referral, exchange.Now, "treatment-status").With("recipients", new[] { "juzgado-central", "libertad-vigilada", "fiscalia-central" }))).Is(201);

        (await it.Clinic.AcceptAsync(it.Id)).Is(200);
        (await it.Clinic.AdmitAsync(it.Id)).Is(200);

        await Eventually.HoldsAsync("all were told", () => partner.Received.Select(r => r.Path).Distinct().Count() == told.Length);
        foreach (var (path, language, word) in told.Select(t => ($"/{t.Organisation}", t.Language, t.Word)))
        {
            var notice = JsonNode.Parse(partner.Received.First(r => r.Path == path).Event.Data!.Value.GetRawText()).At("view.notice")!;
            Assert.Equal(language, notice["language"]!.ToString());
            Assert.Contains(word, notice["text"]!.ToString(), StringComparison.Ordinal);
            Assert.Contains(path == "/centro-esperanza" ? "referral" : "treatment-status", notice.ToJsonString(), StringComparison.Ordinal);
        }
    }

    static void IsNoticed(Reply reply, string where, string language, string word)
    {
        Assert.True(IsNoticed(reply), reply.Text);
        Assert.Equal(language, reply[$"{where}.language"]);
        Assert.Contains(word, reply[$"{where}.text"], StringComparison.Ordinal);
        Assert.NotEmpty(reply.Json.At($"{where}.consents")!.AsArray());
    }

    static bool IsNoticed(Reply reply) => reply.Is(200).Headers.Any(h => h.Key == "Interop-Notice");
}

public sealed class NoticeOnSqlite(SqliteExchange shared) : NoticeTests(shared);

public sealed class NoticeOnPostgreSql(PostgreSqlExchange shared) : NoticeTests(shared);

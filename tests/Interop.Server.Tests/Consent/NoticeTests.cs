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
        foreach (var path in new[] { "", "/history", "/compliance-updates", "/appointments" })
            Assert.True(IsNoticed(await it.Court.GetAsync($"/v1/referrals/{it.Id}{path}", headers)), path);
        Assert.True(IsNoticed(await it.Court.GetAsync("/v1/referrals", headers)));
        Assert.Contains(word, (await it.Court.GetAsync($"/v1/referrals/{it.Id}/compliance-updates", headers)).Items[0].At("notice.text")!.ToString(), StringComparison.Ordinal);
        Assert.False(IsNoticed(await it.Court.GetAsync("/v1/directory/services")));
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
    public async Task In_an_event_with_its_payload_it_is_in_the_language_of_the_organisation()
    {
        await using var partner = new Partner();
        await partner.StartAsync();
        var exchange = await StartAsync(new() { Workers = true });
        await exchange.LookAsync(db => db.Organisations.Where(o => o.Id == "libertad-vigilada").ExecuteUpdateAsync(o => o.SetProperty(x => x.Language, "fr")));
        var it = await Case.SendAsync(exchange);
        await it.MonitorAsync("treatment-status");
        foreach (var (court, name) in new[] { (it.Court, "court"), (it.Supervision, "supervision") })
            (await court.PostAsync("/v1/subscriptions", new JsonObject
            {
                ["channel"] = "webhook", ["url"] = $"{partner.Url}/{name}", ["events"] = new JsonArray("org.interop.referral.admitted.v1"), ["payload"] = "full",
            })).Is(201);

        (await it.Clinic.AcceptAsync(it.Id)).Is(200);
        (await it.Clinic.AdmitAsync(it.Id)).Is(200);

        await Eventually.HoldsAsync("both were told", () => partner.Received.Select(r => r.Path).Distinct().Count() == 2);
        foreach (var (path, language, word) in new[] { ("/court", "es", "prohíbe"), ("/supervision", "fr", "interdit") })
        {
            var notice = JsonNode.Parse(partner.Received.First(r => r.Path == path).Event.Data!.Value.GetRawText()).At("view.notice")!;
            Assert.Equal(language, notice["language"]!.ToString());
            Assert.Contains(word, notice["text"]!.ToString(), StringComparison.Ordinal);
            Assert.Contains("treatment-status", notice.ToJsonString(), StringComparison.Ordinal);
        }
    }

    static bool IsNoticed(Reply reply) => reply.Is(200).Headers.Any(h => h.Key == "Interop-Notice");
}

public sealed class NoticeOnSqlite(SqliteExchange shared) : NoticeTests(shared);

public sealed class NoticeOnPostgreSql(PostgreSqlExchange shared) : NoticeTests(shared);

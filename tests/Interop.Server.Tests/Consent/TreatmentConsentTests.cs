using System.Text.Json;
using System.Text.Json.Nodes;
using Interop.Audit;
using Interop.Delivery;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Consent;

/// <summary>Care information between providers: what a consent for treatment opens of what one reports, to another that it names.</summary>
public abstract class TreatmentConsentTests(SharedExchange shared) : ExchangeTests(shared)
{
    [Fact]
    public async Task The_named_provider_reads_the_reports_of_its_categories_and_nothing_of_the_referral()
    {
        var it = await ReportedAsync(Exchange);
        var other = new Clinic(Exchange, "clinica-del-valle");
        await NothingAsync(it, other);
        var consent = await ConsentAsync(it, "attendance", "drug-test", "medications");

        var read = (await other.ReportsAsync(it.Id)).Is(200);
        Assert.Equal(["attendance", "drug-test"], read.Items.Select(r => r["category"]!.ToString()).Order(StringComparer.Ordinal));
        Assert.All(read.Items, r => Assert.Equal($"{consent} treatment", $"{r.At("notice.consents[0].id")} {r.At("notice.consents[0].kind")}"));
        Assert.Contains(read.Headers, h => h.Key == "Interop-Notice");
        (await other.GetAsync($"/v1/referrals/{it.Id}/compliance-updates/{read.Items[0]["id"]}")).Is(200);
        var progress = (await it.Clinic.ReportsAsync(it.Id)).Items.Single(r => r["category"]!.ToString() == "progress")["id"];
        (await other.GetAsync($"/v1/referrals/{it.Id}/compliance-updates/{progress}")).Is(404);
        (await other.ReportAsync(it.Id, "attendance", "attended")).Is(403); // it may read; reporting is the provider's
        foreach (var path in (string[])["", "/history", "/appointments"])
            (await other.GetAsync($"/v1/referrals/{it.Id}{path}")).Is(404);
        foreach (var path in (string[])[$"Task/{it.Id}", $"ServiceRequest/{it.Id}", $"Patient/{it.Person}"])
            (await other.GetAsync($"/fhir/{path}")).Is(404);
        Assert.Empty((await other.GetAsync($"/v1/referrals?person={it.Person}")).Is(200).Items);

        (await it.RevokeAsync(consent)).Is(200);
        await NothingAsync(it, other);
    }

    [Fact]
    public async Task Whose_consent_it_was_and_to_whom_it_was_told_is_on_record()
    {
        var it = await ReportedAsync(Exchange);
        var other = new Clinic(Exchange, "clinica-del-valle");
        var consent = await ConsentAsync(it, "attendance");
        (await other.ReportsAsync(it.Id)).Is(200);

        var told = (await other.AuditedAsync()).Single(e => e.ResourceType == "ComplianceUpdate");
        Assert.Equal((Outcomes.Permitted, Grounds.Consent, it.Person), (told.Outcome, told.Ground, told.Person!.Value));
        var entry = JsonElement.Parse(told.Canonical!);
        Assert.Equal((consent, "centro-esperanza"), (entry.GetProperty("consents")[0].GetProperty("id").GetGuid(), entry.GetProperty("discloser").GetString()));
        var accounting = (await it.Clinic.GetAsync($"/v1/persons/{it.Person}/disclosures")).Is(200);
        Assert.Contains("clinica-del-valle", accounting.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_receives_a_transfer_reads_what_was_reported_before_it_where_the_person_lets_it()
    {
        var it = await ReportedAsync(Exchange);
        var other = new Clinic(Exchange, "clinica-del-valle");
        var consent = await ConsentAsync(it, "attendance", "progress");
        (await it.Court.ReassignAsync(it.Id, "clinica-del-valle")).Is(200);
        (await it.Court.PostAsync("/v1/consents", A.ReferralConsent(await it.Court.ReadAsync(it.Id), Exchange.Now))).Is(201);
        (await other.AcceptAsync(it.Id)).Is(200);
        (await other.ReportAsync(it.Id, "attendance", "missed")).Is(201);

        Assert.Equal(["attendance attended", "attendance missed", "progress on-track"], await ReadAsync());
        (await it.RevokeAsync(consent)).Is(200);
        Assert.Equal(["attendance missed"], await ReadAsync());

        async Task<IEnumerable<string>> ReadAsync() => (await other.ReportsAsync(it.Id)).Is(200).Items.Select(r => $"{r["category"]} {r["value"]}").Order(StringComparer.Ordinal);
    }

    [Fact]
    public async Task It_is_told_of_reports_made_before_the_consent_and_after_it_and_of_no_other()
    {
        var exchange = await StartAsync(new());
        var it = await ReportedAsync(exchange);
        var other = new Clinic(exchange, "clinica-del-valle");
        var consent = await ConsentAsync(it, "attendance");
        (await it.Clinic.ReportAsync(it.Id, "attendance", "missed")).Is(201);
        (await it.Clinic.ReportAsync(it.Id, "progress", "off-track")).Is(201);
        Assert.Equal(2, (await ToldAsync()).Count);

        (await it.RevokeAsync(consent)).Is(200);
        (await it.Clinic.ReportAsync(it.Id, "attendance", "excused")).Is(201);
        Assert.Empty(await ToldAsync());

        async Task<List<JsonNode>> ToldAsync()
        {
            while (await exchange.RunAsync<Relay>() > 0)
            {
            }
            return [.. (await other.GetAsync("/v1/events?limit=500")).Is(200).Items.Where(e => e["type"]!.ToString() == "org.interop.compliance.reported.v1")];
        }
    }

    /// <summary>A webhook with its whole payload shows it no more of the referral than the report's link.</summary>
    [Fact]
    public async Task A_full_payload_holds_nothing_of_the_referral()
    {
        var exchange = await StartAsync(new() { Workers = true });
        await using var partner = new Delivery.Partner();
        await partner.StartAsync();
        var other = new Clinic(exchange, "clinica-del-valle");
        (await other.PostAsync("/v1/subscriptions", new()
        {
            ["channel"] = "webhook", ["url"] = partner.Url, ["events"] = new JsonArray("org.interop.compliance.reported.v1"), ["payload"] = "full",
        })).Is(201);
        var it = await Case.AdmitAsync(exchange);
        await ConsentAsync(it, "attendance");
        (await it.Clinic.ReportAsync(it.Id, "attendance", "attended")).Is(201);

        await Eventually.HoldsAsync("the other clinic was told", () => partner.Received.Count > 0);
        Assert.Equal(["change", "link", "referralId", "updateId"], partner.Received[0].Event.Data!.Value.EnumerateObject().Select(m => m.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_statistics_office_reads_the_consent_for_research_that_names_it_and_is_told_when_it_ends()
    {
        var exchange = await StartAsync(new());
        var it = await Case.AdmitAsync(exchange);
        var office = new Party(exchange, "observatorio");
        var consent = (await it.Clinic.PostAsync("/v1/consents", Treatment(it, "attendance").With("kind", "research").With("purposes", new[] { "research" }).With("recipients", new[] { "observatorio" }))).Is(201).Id;
        var unnamed = await ConsentAsync(it, "attendance");

        Assert.Equal("research", (await office.GetAsync($"/v1/consents/{consent}")).Is(200)["kind"]);
        Assert.Equal(consent.ToString(), Assert.Single((await office.GetAsync($"/v1/consents?person={it.Person}")).Is(200).Items)["id"]!.ToString());
        (await office.GetAsync($"/v1/consents/{unnamed}")).Is(404);
        (await office.PostAsync("/v1/consents", Treatment(it, "attendance"))).Is(403);

        (await it.RevokeAsync(consent)).Is(200);
        while (await exchange.RunAsync<Relay>() > 0)
        {
        }
        Assert.Equal(["org.interop.consent.granted.v1", "org.interop.consent.revoked.v1"], (await office.GetAsync("/v1/events")).Is(200).Items.Select(e => e["type"]!.ToString()));
    }

    static async Task<Case> ReportedAsync(Exchange exchange)
    {
        var it = await Case.AdmitAsync(exchange);
        foreach (var (category, value) in new[] { ("attendance", "attended"), ("progress", "on-track"), ("drug-test", "negative") })
            (await it.Clinic.ReportAsync(it.Id, category, value)).Is(201);
        return it;
    }

    /// <summary>As of a referral that there is not.</summary>
    static async Task NothingAsync(Case it, Clinic other) =>
        Assert.Equal((await other.ReportsAsync(Guid.CreateVersion7(it.Exchange.Now))).Text, (await other.ReportsAsync(it.Id)).Is(404).Text);

    static async Task<Guid> ConsentAsync(Case it, params string[] categories) => (await it.Clinic.PostAsync("/v1/consents", Treatment(it, categories))).Is(201).Id;

    static JsonObject Treatment(Case it, params string[] categories) => A.ReferralConsent(it.Referral, it.Exchange.Now).With("kind", "treatment")
        .With("discloser", it.Clinic.Organisation).With("recipients", new[] { "clinica-del-valle" }).With("categories", categories);
}

public sealed class TreatmentConsentOnSqlite(SqliteExchange shared) : TreatmentConsentTests(shared);

public sealed class TreatmentConsentOnPostgreSql(PostgreSqlExchange shared) : TreatmentConsentTests(shared);

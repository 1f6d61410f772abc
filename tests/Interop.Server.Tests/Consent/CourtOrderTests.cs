using System.Text.Json.Nodes;
using Interop.Consent.WithoutConsent;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Consent;

/// <summary>A court order authorises, a subpoena compels; with both, what they name is disclosed without consent, and nothing beside it (42 CFR 2.61 to 2.66).</summary>
public abstract class CourtOrderTests(SharedExchange shared) : ExchangeTests(shared)
{
    const string Path = "/v1/court-orders";

    [Fact]
    public async Task An_order_opens_the_categories_that_it_names_and_no_other()
    {
        var it = await Case.AdmitAsync(Exchange);
        (await it.Clinic.ReportAsync(it.Id, "drug-test", "negative")).Is(201);
        (await it.Clinic.ReportAsync(it.Id, "progress", "on-track")).Is(201);
        Assert.Empty((await it.Court.ReportsAsync(it.Id)).Is(200).Items);

        var order = (await it.Court.PostAsync(Path, Of(it, "drug-test"))).Is(201);

        Assert.Equal(("active", "juzgado-central", "O-17", "S-18"), (order["status"], order["organisation"], order["order.number"], order["subpoena.number"]));
        Assert.Equal("drug-test", Assert.Single((await it.Court.ReportsAsync(it.Id)).Is(200).Items)["category"]!.ToString());
        Assert.Equal("accepted", (await it.Court.ReadAsync(it.Id)).Is(200)["status"]); // admitted is a category of its own
        (await new Court(Exchange, "libertad-vigilada").ReadAsync(it.Id)).Is(404); // not its recipient
    }

    [Fact]
    public async Task Another_recipient_sees_what_is_ordered_and_nothing_of_the_case_around_it()
    {
        var it = await Case.AdmitAsync(Exchange);
        (await it.Clinic.ReportAsync(it.Id, "drug-test", "negative")).Is(201);
        var prosecutor = new Court(Exchange, "fiscalia-central");
        (await prosecutor.ReadAsync(it.Id)).Is(404);
        (await it.Court.PostAsync(Path, Of(it, "drug-test", "treatment-status").With("recipients", new[] { "fiscalia-central" }))).Is(201);
        var seen = (await prosecutor.ReadAsync(it.Id)).Is(200);
        Assert.Equal(("admitted", null, null, null, null), (seen["status"], seen["matter"], seen["intercept"], seen["person"], seen["note"]));
        Assert.Equal("negative", Assert.Single((await prosecutor.ReportsAsync(it.Id)).Is(200).Items)["value"]!.ToString());
        Assert.Single((await prosecutor.GetAsync($"/v1/referrals?person={it.Person}")).Is(200).Items);
        (await prosecutor.CancelAsync(it.Id)).Is(403);
        Assert.Empty((await it.Court.ReportsAsync(it.Id)).Is(200).Items); // the court registered it for another
    }

    [Fact]
    public async Task An_order_reaches_the_records_of_its_time_and_its_provider()
    {
        var it = await Case.AdmitAsync(Exchange);
        (await it.Clinic.ReportAsync(it.Id, "drug-test", "negative", Exchange.Now.AddMinutes(-90))).Is(201);
        (await it.Clinic.ReportAsync(it.Id, "drug-test", "positive", Exchange.Now.AddMinutes(-30))).Is(201);
        (await it.Court.PostAsync(Path, Of(it, "drug-test").With("discloser", "clinica-del-valle"))).Is(201);
        Assert.Empty((await it.Court.ReportsAsync(it.Id)).Is(200).Items);
        (await it.Court.PostAsync(Path, Of(it, "drug-test").With("records", new JsonObject { ["until"] = A.Time(Exchange.Now.AddHours(-1)) }))).Is(201);
        Assert.Equal("negative", Assert.Single((await it.Court.ReportsAsync(it.Id)).Is(200).Items)["value"]!.ToString());
    }

    [Fact]
    public async Task Order_and_subpoena_are_both_needed_and_every_fault_is_named()
    {
        var it = await Case.AdmitAsync(Exchange);
        (await it.Court.PostAsync(Path, Of(it, "drug-test").Without("subpoena"))).Refuses(422, "subpoena required");
        (await it.Court.PostAsync(Path, Of(it, "drug-test").Without("order"))).Refuses(422, "order required");
        (await it.Court.PostAsync(Path)).Refuses(422, "personId required", "order required", "subpoena required", "discloser required", "recipients required", "purpose required",
            "categories required", "from required", "until required");
        (await it.Court.PostAsync(Path, Of(it, "notes")
            .With("order", new JsonObject { ["number"] = "", ["issuedAt"] = A.Time(Exchange.Now.AddDays(2)) })
            .With("discloser", "juzgado-central").With("recipients", new[] { "centro-esperanza", "nadie" }).With("purpose", "curiosity")
            .With("until", A.Time(Exchange.Now.AddDays(-3))).With("records", new JsonObject { ["from"] = "2026-02-02", ["until"] = "2026-02-01" })))
            .Refuses(422, "order.number text.empty", "order.issuedAt date.future", "discloser organisation.not-care", "recipients[0] organisation.not-justice", "recipients[1] organisation.unknown",
                "purpose code.unknown", "categories[0] code.unknown", "until court-order.ends-before-it-begins", "records.until court-order.ends-before-it-begins");
        (await it.Court.PostAsync(Path, Of(it, "drug-test").With("personId", Guid.CreateVersion7(Exchange.Now).ToString()))).Refuses(422, "personId person.unknown");
    }

    [Fact]
    public async Task Only_a_court_registers_and_only_of_whom_it_knows()
    {
        var it = await Case.AdmitAsync(Exchange);
        foreach (var other in new Party[] { it.Clinic, new Court(Exchange, "fiscalia-central"), new Court(Exchange, "libertad-vigilada"), new(Exchange, "contraloria") })
            (await other.PostAsync(Path, Of(it, "drug-test"))).Is(403);
        var elsewhere = await new Court(Exchange, "fiscalia-central").ReferAsync(A.Referral());
        (await it.Court.PostAsync(Path, Of(it, "drug-test").With("personId", elsewhere["personId"]!))).Refuses(422, "personId person.unknown");
    }

    [Fact]
    public async Task A_revoked_order_closes_at_once_and_those_whom_it_concerns_are_told()
    {
        var exchange = await StartAsync(new());
        var it = await Case.AdmitAsync(exchange);
        (await it.Clinic.ReportAsync(it.Id, "drug-test", "negative")).Is(201);
        var order = (await it.Court.PostAsync(Path, Of(it, "drug-test").With("recipients", new[] { "juzgado-central", "fiscalia-central" }))).Is(201);
        var prosecutor = new Court(exchange, "fiscalia-central");
        (await prosecutor.PostAsync($"{Path}/{order.Id}/revocation", Why)).Is(403);
        (await new Court(exchange, "libertad-vigilada").PostAsync($"{Path}/{order.Id}/revocation", Why)).Is(403);
        (await it.Court.PostAsync($"{Path}/{order.Id}/revocation")).Refuses(422, "reason required");

        var ended = (await it.Court.PostAsync($"{Path}/{order.Id}/revocation", Why, ("If-Match", "\"1\""))).Is(200);

        Assert.Equal(("revoked", "revoked", "Anulada"), (ended["status"], ended["endedBy"], ended["reason"]));
        Assert.Empty((await it.Court.ReportsAsync(it.Id)).Is(200).Items);
        (await prosecutor.ReadAsync(it.Id)).Is(404);
        (await it.Court.PostAsync($"{Path}/{order.Id}/revocation", Why)).Refuses(409, " court-order.already-ended");
        while (await exchange.RunAsync<Interop.Delivery.Relay>() > 0)
        {
        }
        foreach (var party in new Party[] { it.Court, prosecutor, it.Clinic })
            Assert.Equal(["org.interop.court-order.registered.v1", "org.interop.court-order.ended.v1"],
                (await party.GetAsync("/v1/events?limit=500")).Is(200).Items.Where(e => e["subject"]?.ToString() == $"court-orders/{order.Id}").Select(e => e["type"]!.ToString()));
    }

    [Fact]
    public async Task An_order_ends_by_the_clock_to_the_second_and_does_not_come_back()
    {
        var clock = new TestClock();
        var exchange = await StartAsync(new() { Clock = clock });
        var it = await Case.AdmitAsync(exchange);
        (await it.Clinic.ReportAsync(it.Id, "drug-test", "negative")).Is(201);
        var order = (await it.Court.PostAsync(Path, Of(it, "drug-test").With("from", A.Time(clock.GetUtcNow().AddHours(1))).With("until", A.Time(clock.GetUtcNow().AddHours(2))))).Is(201);
        Assert.Equal("not-yet-in-force", order["status"]);
        Assert.Empty((await it.Court.ReportsAsync(it.Id)).Is(200).Items);
        clock.Advance(TimeSpan.FromHours(1));
        Assert.Single((await it.Court.ReportsAsync(it.Id)).Is(200).Items);
        clock.Advance(TimeSpan.FromHours(1) - TimeSpan.FromSeconds(1));
        Assert.Single((await it.Court.ReportsAsync(it.Id)).Is(200).Items);
        Assert.Equal(0, await exchange.RunAsync<WithoutConsentClock>());
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty((await it.Court.ReportsAsync(it.Id)).Is(200).Items);
        Assert.Equal(1, await exchange.RunAsync<WithoutConsentClock>());
        Assert.Equal(("expired", 1), ((await it.Court.GetAsync($"{Path}/{order.Id}")).Is(200)["status"], await exchange.EventsAsync($"court-orders/{order.Id}", "org.interop.court-order.ended.v1")));
        clock.Advance(TimeSpan.FromMinutes(-30)); // set back
        Assert.Empty((await it.Court.ReportsAsync(it.Id)).Is(200).Items);
    }

    [Fact]
    public async Task What_is_read_under_it_is_recorded_with_its_ground_and_who_read_a_report_learns_that_it_was_wrong()
    {
        var exchange = await StartAsync(new());
        var it = await Case.AdmitAsync(exchange);
        var report = (await it.Clinic.ReportAsync(it.Id, "drug-test", "positive")).Is(201).Id;
        var order = (await it.Court.PostAsync(Path, Of(it, "drug-test"))).Is(201).Id;
        Assert.Single((await it.Court.ReportsAsync(it.Id)).Is(200).Items);
        var read = (await it.Court.AuditedAsync()).Last(e => e.Operation == "compliance.list" && e.ResourceType == "ComplianceUpdate");
        Assert.Equal(("court-order", "centro-esperanza", it.Person), (read.Ground, read.Discloser, read.Person));
        Assert.Contains(order.ToString(), read.Canonical, StringComparison.Ordinal);
        Assert.Contains((await it.Clinic.GetAsync($"/v1/persons/{it.Person}/disclosures?language=en")).Is(200).Items, d => d.At("text.ground")!.ToString() == "A court order, without consent");

        (await it.Court.PostAsync($"{Path}/{order}/revocation", Why)).Is(200);
        (await it.Clinic.PostAsync($"/v1/referrals/{it.Id}/compliance-updates/{report}/retraction", new() { ["reason"] = "Otra persona" })).Is(200);
        while (await exchange.RunAsync<Interop.Delivery.Relay>() > 0)
        {
        }
        Assert.Contains((await it.Court.GetAsync("/v1/events?limit=500")).Is(200).Items, e => e.At("data.updateId")?.ToString() == report.ToString() && e.At("data.change")!.ToString() == "retracted");
    }

    [Fact]
    public async Task What_the_consents_carry_is_told_on_the_consents()
    {
        var exchange = await StartAsync(new());
        var it = await Case.AdmitAsync(exchange);
        (await it.Court.PostAsync(Path, Of(it, "drug-test", "attendance"))).Is(201);
        await it.MonitorAsync("attendance");
        (await it.Clinic.ReportAsync(it.Id, "attendance", "attended")).Is(201);
        (await it.Clinic.ReportAsync(it.Id, "drug-test", "negative")).Is(201);
        while (await exchange.RunAsync<Interop.Delivery.Relay>() > 0)
        {
        }
        (await it.Court.GetAsync("/v1/events?limit=500")).Is(200);
        var told = (await it.Court.AuditedAsync()).Where(e => e.Operation == "event.poll" && e.ResourceType == "ComplianceUpdate").Select(e => e.Ground).Order();
        Assert.Equal(["consent", "court-order"], told);
    }

    [Fact]
    public async Task Whom_an_ended_consent_once_named_is_told_of_new_reports_that_an_order_opens()
    {
        var exchange = await StartAsync(new());
        var it = await Case.AdmitAsync(exchange);
        await it.MonitorAsync("attendance");
        (await it.RevokeAsync(it.Monitoring)).Is(200);
        var supervision = new Court(exchange, "libertad-vigilada");
        var before = (await it.Clinic.ReportAsync(it.Id, "drug-test", "negative")).Is(201).Id;
        (await it.Court.PostAsync(Path, Of(it, "drug-test").With("recipients", new[] { "libertad-vigilada" }))).Is(201);
        var told = (await it.Clinic.ReportAsync(it.Id, "drug-test", "positive")).Is(201).Id;
        var held = (await it.Clinic.ReportAsync(it.Id, "attendance", "attended")).Is(201).Id;
        while (await exchange.RunAsync<Interop.Delivery.Relay>() > 0)
        {
        }

        var updates = (await supervision.GetAsync("/v1/events?limit=500")).Is(200).Items.Select(e => e.At("data.updateId")?.ToString()).ToList();

        Assert.Contains(told.ToString(), updates);
        Assert.DoesNotContain(held.ToString(), updates);
        Assert.DoesNotContain(before.ToString(), updates); // it was sent when nothing was open
        Assert.DoesNotContain((await it.Court.GetAsync("/v1/events?limit=500")).Is(200).Items, e => e.At("data.updateId")?.ToString() == told.ToString()); // the order is for another
    }

    [Fact]
    public async Task The_register_is_read_by_those_whom_it_concerns()
    {
        var it = await Case.AdmitAsync(Exchange);
        var ids = new List<Guid>();
        for (var i = 0; i < 3; i++)
            ids.Add((await it.Court.PostAsync(Path, Of(it, "drug-test").With("recipients", new[] { "fiscalia-central" }))).Is(201).Id);
        foreach (var party in new Party[] { it.Court, it.Clinic, new Court(Exchange, "fiscalia-central") })
        {
            (await party.GetAsync($"{Path}/{ids[0]}")).Is(200);
            var page = (await party.GetAsync($"{Path}?person={it.Person}&limit=2")).Is(200);
            var next = (await party.GetAsync($"{Path}?person={it.Person}&limit=2&cursor={page["next"]}")).Is(200);
            Assert.Equal(ids.AsEnumerable().Reverse(), page.Items.Concat(next.Items).Select(o => Guid.Parse(o["id"]!.ToString())));
            Assert.Null(next["next"]);
        }
        foreach (var stranger in new Party[] { new Court(Exchange, "libertad-vigilada"), new Clinic(Exchange, "hospital-ajeno") })
        {
            (await stranger.GetAsync($"{Path}/{ids[0]}")).Is(404);
            Assert.Empty((await stranger.GetAsync($"{Path}?person={it.Person}")).Is(200).Items);
        }
    }

    [Fact]
    public async Task The_engine_hears_it_for_proceedings_and_the_ordered_categories()
    {
        var it = await Case.AdmitAsync(Exchange);
        var order = (await it.Court.PostAsync(Path, Of(it, "drug-test"))).Is(201).Id;
        var answer = (await it.Court.PostAsync("/v1/consents/evaluation", new()
        {
            ["person"] = it.Person.ToString(),
            ["request"] = new JsonObject
            {
                ["actor"] = new JsonArray(new JsonObject { ["system"] = "urn:interop:organisation", ["value"] = "juzgado-central" }),
                ["purpose"] = "HLEGAL",
            },
            ["resources"] = new JsonArray(Result("drug-test"), Result("progress")),
        })).Is(200);
        Assert.Equal(("permit", "permit", "no-consent"), (answer["decision"], answer["resources[0].decision"], answer["resources[1].decision"]));
        Assert.Contains(answer.Json!["trace"]!.AsArray(), t => t!["reason"]!.ToString() == "decided" && t["consent"]!.ToString() == $"CourtOrder/{order}");

        static JsonObject Result(string category) => new()
        {
            ["resourceType"] = "Observation",
            ["id"] = category,
            ["status"] = "final",
            ["code"] = new JsonObject { ["coding"] = new JsonArray(new JsonObject { ["system"] = "urn:interop:report-category", ["code"] = category }) },
        };
    }

    static JsonObject Why => new() { ["reason"] = "Anulada" };

    static JsonObject Of(Case it, params string[] categories) => new()
    {
        ["personId"] = it.Person.ToString(),
        ["order"] = new JsonObject { ["number"] = "O-17", ["issuedAt"] = A.Time(it.Exchange.Now.AddDays(-2)) },
        ["subpoena"] = new JsonObject { ["number"] = "S-18", ["issuedAt"] = A.Time(it.Exchange.Now.AddDays(-1)) },
        ["discloser"] = "centro-esperanza",
        ["recipients"] = new JsonArray("juzgado-central"),
        ["purpose"] = "criminal",
        ["categories"] = new JsonArray([.. categories.Select(c => (JsonNode)c)]),
        ["from"] = A.Time(it.Exchange.Now.AddHours(-1)),
        ["until"] = A.Time(it.Exchange.Now.AddDays(30)),
    };
}

public sealed class CourtOrderOnSqlite(SqliteExchange shared) : CourtOrderTests(shared);

public sealed class CourtOrderOnPostgreSql(PostgreSqlExchange shared) : CourtOrderTests(shared);

using System.Text.Json.Nodes;
using Interop.Consent.WithoutConsent;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Consent;

/// <summary>A medical emergency in which the person cannot consent (42 CFR 2.51): open at once, not long, and looked at afterwards.</summary>
public abstract class EmergencyAccessTests(SharedExchange shared) : ExchangeTests(shared)
{
    const string Path = "/v1/emergency-access";

    [Fact]
    public async Task A_declared_emergency_opens_what_is_held_of_that_person_and_of_no_other()
    {
        var (it, other) = (await Case.AdmitAsync(Exchange), await Case.AdmitAsync(Exchange));
        (await it.Clinic.ReportAsync(it.Id, "drug-test", "positive")).Is(201);
        var hospital = Hospital(Exchange);
        (await hospital.ReadAsync(it.Id)).Is(404);
        Assert.Empty((await hospital.GetAsync($"/v1/referrals?person={it.Person}")).Is(200).Items);

        var declared = (await hospital.PostAsync(Path, Of(it.Person))).Is(201);

        Assert.Equal(("open", "hospital-ajeno", "centro-esperanza", "default/1"), (declared["status"], declared["organisation"], declared["disclosers[0]"], declared["pack"]));
        Assert.Equal((TimeSpan.FromHours(24), TimeSpan.FromDays(3)), (Time(declared, "until") - Time(declared, "declaredAt"), Time(declared, "reviewBy") - Time(declared, "declaredAt")));
        var seen = (await hospital.ReadAsync(it.Id)).Is(200);
        Assert.Equal(("admitted", "Pérez", "outpatient"), (seen["status"], seen["person.familyName"], seen["service"]));
        Assert.Equal((null, null, null, null, null), (seen["matter"], seen["intercept"], seen["note"], seen["reporting"], seen["notice"])); // the case is none of its business
        Assert.Equal(it.Id.ToString(), Assert.Single((await hospital.GetAsync("/v1/referrals?limit=500")).Is(200).Items, r => r["personId"]!.ToString() == it.Person.ToString())["id"]!.ToString());
        Assert.Equal("positive", Assert.Single((await hospital.ReportsAsync(it.Id)).Is(200).Items)["value"]!.ToString());
        Assert.Equal("Pérez", (await hospital.GetAsync($"/fhir/Patient/{it.Person}")).Is(200)["name[0].family"]);
        (await hospital.ReadAsync(other.Id)).Is(404);
        (await new Clinic(Exchange, "clinica-del-valle").ReadAsync(it.Id)).Is(404); // of that organisation only
    }

    [Fact]
    public async Task An_emergency_lets_read_and_nothing_else()
    {
        var it = await Case.AdmitAsync(Exchange);
        var hospital = Hospital(Exchange);
        (await hospital.PostAsync(Path, Of(it.Person))).Is(201);
        (await hospital.DischargeAsync(it.Id)).Is(403);
        (await hospital.HoldAsync(it.Id)).Is(403);
        (await hospital.ReportAsync(it.Id, "attendance", "attended")).Is(403);
        (await hospital.GetAsync($"/v1/persons/{it.Person}/disclosures")).Is(404);
        Assert.Equal("admitted", (await it.Clinic.ReadAsync(it.Id)).Is(200)["status"]);
    }

    [Fact]
    public async Task What_nobody_treats_is_not_opened()
    {
        var it = await Case.SendAsync(Exchange);
        var hospital = Hospital(Exchange);
        Assert.Empty((await hospital.PostAsync(Path, Of(it.Person))).Is(201).Json!["disclosers"]!.AsArray());
        (await hospital.ReadAsync(it.Id)).Is(404);
    }

    [Fact]
    public async Task A_person_is_found_by_an_identifier_that_anybody_knows_them_by()
    {
        var it = await Case.AdmitAsync(Exchange);
        var hospital = Hospital(Exchange);
        var found = (await hospital.PostAsync(Path, Of(null).With("identifiers", new JsonArray(it.Referral.Json!["person"]!["identifiers"]![0]!.DeepClone())))).Is(201);
        Assert.Equal(it.Person.ToString(), found["personId"]);
        (await hospital.ReadAsync(it.Id)).Is(200);
        var nobody = (await hospital.PostAsync(Path, Of(null).With("identifiers", new JsonArray(A.Identifier())))).Is(201);
        Assert.Null(nobody["personId"]);
    }

    [Fact]
    public async Task Declaring_it_tells_nothing_of_whether_the_person_is_there()
    {
        var it = await Case.SendAsync(Exchange);
        var hospital = Hospital(Exchange);
        var nobody = Guid.CreateVersion7(Exchange.Now);
        var (one, other) = ((await hospital.PostAsync(Path, Of(it.Person))).Is(201), (await hospital.PostAsync(Path, Of(nobody))).Is(201));
        Assert.Equal(Shape(one), Shape(other));
        Assert.Equal((it.Person.ToString(), nobody.ToString()), (one["personId"], other["personId"]));

        // By an identifier that others know: who it is is not told either, and oversight sees it.
        var (known, unknown) = (it.Referral.Json!["person"]!["identifiers"]![0]!, A.Identifier());
        var (found, lost) = ((await hospital.PostAsync(Path, Of(null).With("identifiers", new JsonArray(known.DeepClone())))).Is(201), (await hospital.PostAsync(Path, Of(null).With("identifiers", new JsonArray(unknown)))).Is(201));
        Assert.Equal(Shape(lost), Shape(found));
        Assert.Null((await hospital.GetAsync($"{Path}/{found.Id}")).Is(200)["personId"]);
        Assert.Equal(it.Person.ToString(), (await new Party(Exchange, "contraloria").GetAsync($"{Path}/{found.Id}")).Is(200)["personId"]);

        static string Shape(Reply r) => string.Join(' ', r.Json!.AsObject().Select(m => m.Key)) + r["status"] + r.Json["disclosers"]!.ToJsonString();
    }

    [Fact]
    public async Task Every_missing_fact_is_named()
    {
        var hospital = Hospital(Exchange);
        (await hospital.PostAsync(Path)).Refuses(422, "personId emergency.one-way-to-name", "personnel required", "nature required");
        (await hospital.PostAsync(Path, Of(Guid.Empty).With("identifiers", new JsonArray(A.Identifier())).With("personnel", new JsonObject()).With("reason", "x")))
            .Refuses(422, "identifiers emergency.one-way-to-name", "personnel.name required", "personnel.affiliation required", "reason member.unknown");
        (await new Court(Exchange).PostAsync(Path, Of(Guid.Empty))).Is(403);
        (await new Party(Exchange, "servicios-sociales").PostAsync(Path, Of(Guid.Empty))).Is(403); // no medical personnel
        (await new Party(Exchange, "contraloria").PostAsync(Path, Of(Guid.Empty))).Is(403);
    }

    [Fact]
    public async Task It_closes_by_the_clock_and_does_not_open_again()
    {
        var clock = new TestClock();
        var exchange = await StartAsync(new() { Clock = clock });
        var it = await Case.AdmitAsync(exchange);
        var hospital = Hospital(exchange);
        (await hospital.PostAsync(Path, Of(it.Person))).Is(201);
        clock.Advance(TimeSpan.FromHours(24) - TimeSpan.FromSeconds(1));
        (await hospital.ReadAsync(it.Id)).Is(200);
        clock.Advance(TimeSpan.FromSeconds(1));
        (await hospital.ReadAsync(it.Id)).Is(404);
        Assert.Equal(1, await exchange.RunAsync<WithoutConsentClock>());
        clock.Advance(TimeSpan.FromHours(-2)); // set back
        (await hospital.ReadAsync(it.Id)).Is(404);
    }

    [Fact]
    public async Task Its_window_is_a_setting()
    {
        var exchange = await StartAsync(new() { Settings = ["Emergency:Window=02:00:00"] });
        var it = await Case.AdmitAsync(exchange);
        var declared = (await Hospital(exchange).PostAsync(Path, Of(it.Person))).Is(201);
        Assert.Equal(TimeSpan.FromHours(2), Time(declared, "until") - Time(declared, "declaredAt"));
        Assert.Contains("Emergency: Window", (await Assert.ThrowsAnyAsync<Exception>(() => StartAsync(new() { Settings = ["Emergency:Window=30.00:00:00"] }))).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_read_is_recorded_with_its_ground_and_told_to_the_person()
    {
        var it = await Case.AdmitAsync(Exchange);
        var hospital = Hospital(Exchange);
        var access = (await hospital.PostAsync(Path, Of(it.Person))).Is(201).Id;
        (await hospital.ReadAsync(it.Id)).Is(200);

        var entries = await hospital.AuditedAsync();
        var read = entries.Single(e => e.Operation == "referral.read");
        Assert.Equal(("emergency", "centro-esperanza", it.Person), (read.Ground, read.Discloser, read.Person));
        Assert.Contains(access.ToString(), read.Canonical, StringComparison.Ordinal);
        Assert.Equal(it.Person, entries.Single(e => e.Operation == "emergency-access.declare").Person);
        var told = (await it.Clinic.GetAsync($"/v1/persons/{it.Person}/disclosures?language=es")).Is(200).Items.Single(d => d["recipient"]!.ToString() == "hospital-ajeno");
        Assert.Equal(("emergency", "Una emergencia médica, sin consentimiento"), (told["ground"]!.ToString(), told.At("text.ground")!.ToString()));
    }

    [Fact]
    public async Task Those_whose_records_it_opened_are_told_and_read_it()
    {
        var exchange = await StartAsync(new());
        var it = await Case.AdmitAsync(exchange);
        var access = (await Hospital(exchange).PostAsync(Path, Of(it.Person))).Is(201).Id;
        await RelayAsync(exchange);
        var told = Assert.Single((await it.Clinic.GetAsync("/v1/events?limit=500")).Is(200).Items, e => e["subject"]?.ToString() == $"emergency-access/{access}");
        Assert.Equal(("org.interop.emergency-access.declared.v1", $"{Path}/{access}"), (told["type"]!.ToString(), told.At("data.link")!.ToString()));
        Assert.Equal("Inconsciente, dosis desconocida", (await it.Clinic.GetAsync($"{Path}/{access}")).Is(200)["nature"]);
        Assert.Contains((await it.Clinic.GetAsync($"{Path}?limit=500")).Is(200).Items, e => e["id"]!.ToString() == access.ToString());
        var stranger = new Clinic(exchange, "clinica-del-valle");
        (await stranger.GetAsync($"{Path}/{access}")).Is(404);
        Assert.DoesNotContain((await stranger.GetAsync($"{Path}?limit=500")).Is(200).Items, e => e["id"]!.ToString() == access.ToString());
        (await it.Clinic.PostAsync($"{Path}/{access}/review", Review())).Is(403); // oversight's
    }

    [Fact]
    public async Task Oversight_reviews_it_once_and_what_was_not_justified_ends_at_once()
    {
        var it = await Case.AdmitAsync(Exchange);
        var hospital = Hospital(Exchange);
        var access = (await hospital.PostAsync(Path, Of(it.Person))).Is(201).Id;
        var oversight = new Party(Exchange, "contraloria");
        Assert.Contains((await oversight.GetAsync($"{Path}?status=open&limit=500")).Is(200).Items, e => e["id"]!.ToString() == access.ToString());
        (await oversight.PostAsync($"{Path}/{access}/review")).Refuses(422, "finding required", "note required");
        (await oversight.PostAsync($"{Path}/{access}/review", Review(), ("If-Match", "\"7\""))).Is(412);
        (await oversight.PostAsync($"{Path}/{Guid.CreateVersion7(Exchange.Now)}/review", Review())).Is(404);

        var reviewed = (await oversight.PostAsync($"{Path}/{access}/review", Review("unjustified"))).Is(200);

        Assert.Equal(("reviewed", "unjustified", "contraloria"), (reviewed["status"], reviewed["review.finding"], reviewed["review.by"]));
        (await hospital.ReadAsync(it.Id)).Is(404);
        Assert.Equal("unjustified", (await hospital.GetAsync($"{Path}/{access}")).Is(200)["review.finding"]);
        (await oversight.PostAsync($"{Path}/{access}/review", Review())).Refuses(409, " emergency.reviewed");
    }

    [Fact]
    public async Task What_was_not_reviewed_in_time_is_an_event_and_stands_in_the_digest()
    {
        var clock = new TestClock();
        var exchange = await StartAsync(new() { Clock = clock });
        var it = await Case.AdmitAsync(exchange);
        var hospital = Hospital(exchange);
        var access = (await hospital.PostAsync(Path, Of(it.Person))).Is(201).Id;
        (await hospital.ReadAsync(it.Id)).Is(200);
        clock.Advance(TimeSpan.FromDays(3) - TimeSpan.FromSeconds(1));
        await exchange.RunAsync<WithoutConsentClock>();
        Assert.Equal("open", (await hospital.GetAsync($"{Path}/{access}")).Is(200)["status"]);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("overdue", (await hospital.GetAsync($"{Path}/{access}")).Is(200)["status"]); // by the clock, noticed or not
        Assert.Equal(1, await exchange.RunAsync<WithoutConsentClock>());
        Assert.Equal(0, await exchange.RunAsync<WithoutConsentClock>());

        await RelayAsync(exchange);
        foreach (var party in new Party[] { hospital, it.Clinic })
            Assert.Single((await party.GetAsync("/v1/events?limit=500")).Is(200).Items, e => e["type"]!.ToString() == "org.interop.emergency-access.overdue.v1");
        Assert.DoesNotContain((await it.Court.GetAsync("/v1/events?limit=500")).Is(200).Items, e => e["type"]!.ToString().StartsWith("org.interop.emergency", StringComparison.Ordinal));
        var oversight = new Party(exchange, "contraloria");
        var rule = (await oversight.GetAsync("/v1/audit/digest?date=2027-03-04")).Is(200).Json!["rules"]!.AsArray().Single(r => r!["rule"]!.ToString() == "emergency-not-reviewed")!;
        var finding = Assert.Single(rule["findings"]!.AsArray())!;
        Assert.Equal(("hospital-ajeno", it.Person.ToString(), "1", 2), (finding["organisation"]!.ToString(), finding["person"]!.ToString(), finding["count"]!.ToString(), finding["entries"]!.AsArray().Count));

        var late = (await oversight.PostAsync($"{Path}/{access}/review", Review())).Is(200);
        Assert.Equal("reviewed", late["status"]);
        Assert.NotNull(late["overdueAt"]);
        Assert.Empty((await oversight.GetAsync($"{Path}?status=overdue")).Is(200).Items);
    }

    [Fact]
    public async Task The_engine_hears_it_above_the_consents_and_for_that_purpose_only()
    {
        var it = await Case.AdmitAsync(Exchange);
        var hospital = Hospital(Exchange);
        Assert.Equal("no-consent", (await AskAsync("ETREAT"))["decision"]);
        var access = (await hospital.PostAsync(Path, Of(it.Person))).Is(201).Id;
        var permitted = await AskAsync("ETREAT");
        Assert.Equal(("permit", $"EmergencyAccess/{access}"), (permitted["decision"], permitted.Json!["trace"]!.AsArray().Single(t => t!["reason"]!.ToString() == "decided")!["consent"]!.ToString()));
        Assert.Equal("permit", (await AskAsync("emergency"))["decision"]);
        Assert.Equal("no-consent", (await AskAsync("HRESCH"))["decision"]);
        Assert.Equal("no-consent", (await new Clinic(Exchange, "clinica-del-valle").PostAsync("/v1/consents/evaluation", Question("ETREAT"))).Is(200)["decision"]);

        async Task<Reply> AskAsync(string purpose) => (await hospital.PostAsync("/v1/consents/evaluation", Question(purpose))).Is(200);

        JsonObject Question(string purpose) => new()
        {
            ["person"] = it.Person.ToString(),
            ["request"] = new JsonObject
            {
                ["actor"] = new JsonArray(new JsonObject { ["system"] = "urn:interop:organisation", ["value"] = "hospital-ajeno" }),
                ["purpose"] = purpose,
            },
        };
    }

    [Fact]
    public async Task A_repeat_declares_nothing_twice()
    {
        var it = await Case.AdmitAsync(Exchange);
        var (body, key) = (Of(it.Person), ("Idempotency-Key", A.Unique("key")));
        var first = (await Hospital(Exchange).PostAsync(Path, body, key)).Is(201);
        var again = (await Hospital(Exchange).PostAsync(Path, body, key)).Is(201);
        Assert.Equal((first.Id, first.Headers.Location), (again.Id, again.Headers.Location));
    }

    static async Task RelayAsync(Exchange exchange)
    {
        while (await exchange.RunAsync<Interop.Delivery.Relay>() > 0)
        {
        }
    }

    static Clinic Hospital(Exchange exchange) => new(exchange, "hospital-ajeno");

    static JsonObject Of(Guid? person) => new JsonObject
    {
        ["personnel"] = new JsonObject { ["name"] = "Dra. Luz Ixcot", ["affiliation"] = "Urgencias" },
        ["nature"] = "Inconsciente, dosis desconocida",
    }.With("personId", person?.ToString());

    static JsonObject Review(string finding = "justified") => new() { ["finding"] = finding, ["note"] = "Revisado con el expediente" };

    static DateTimeOffset Time(Reply reply, string member) => DateTimeOffset.Parse(reply[member]!, null);
}

public sealed class EmergencyAccessOnSqlite(SqliteExchange shared) : EmergencyAccessTests(shared);

public sealed class EmergencyAccessOnPostgreSql(PostgreSqlExchange shared) : EmergencyAccessTests(shared);

using System.Text;
using System.Text.Json.Nodes;
using Interop.Audit;
using Interop.Server.Tests.World;
using Microsoft.EntityFrameworkCore;

namespace Interop.Server.Tests.Fhir;

/// <summary>The log as FHIR AuditEvents, in the shapes of IHE BALP.</summary>
public abstract class AuditEventTests(SharedExchange shared) : ExchangeTests(shared)
{
    [Fact]
    public async Task Every_event_has_what_the_profiles_that_it_claims_require()
    {
        var (exchange, _) = await PlayAsync();
        var events = await AllAsync(exchange);
        var claimed = new HashSet<string>();
        foreach (var e in events)
        foreach (var profile in e.At("meta.profile")?.AsArray().Select(p => p!.ToString()) ?? [])
        {
            claimed.Add(profile);
            Assert.True(BalpProfiles.All.ContainsKey(profile), profile);
            Assert.True(!BalpProfiles.Faults(e, BalpProfiles.All[profile]).Any(), $"{profile}\n{string.Join('\n', BalpProfiles.Faults(e, BalpProfiles.All[profile]))}\n{e}");
        }
        // Nothing that is about a person can be deleted yet; its shape is looked at in AuditEventMapTests.
        Assert.Equal(BalpProfiles.All.Keys.Where(p => !p.EndsWith("PatientDelete", StringComparison.Ordinal)).Order(StringComparer.Ordinal), claimed.Order(StringComparer.Ordinal));

        using var response = await exchange.Http.GetAsync("/fhir/metadata");
        var supported = (await Reply.OfAsync(response)).Is(200).Json.At("rest[0].resource")!.AsArray().Single(r => r!["type"]!.ToString() == "AuditEvent")!["supportedProfile"]!;
        Assert.Equal(BalpProfiles.All.Keys.Order(StringComparer.Ordinal), supported.AsArray().Select(p => p!.ToString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_read_on_a_consent_is_the_call_the_decision_and_the_disclosure()
    {
        var exchange = await StartAsync(new());
        var it = await Case.SendAsync(exchange);
        (await it.Clinic.GetAsync($"/fhir/Task/{it.Id}")).Is(200);
        var entry = (await it.Clinic.AuditedAsync()).Single(e => e.Operation == "fhir.read");
        var events = (await Oversight(exchange).GetAsync($"/fhir/AuditEvent?_id={string.Join(',', new[] { "", ".authz", ".source", ".recipient" }.Select(s => entry.Id + s))}")).Is(200);

        Assert.Equal([$"{entry.Id}", $"{entry.Id}.authz", $"{entry.Id}.source"], events.Ids());
        var (call, decision, disclosure) = (events.Entries()[0], events.Entries()[1], events.Entries()[2]);
        Assert.Equal(("rest", "R", "0"), (call.At("type.code")!.ToString(), call["action"]!.ToString(), call["outcome"]!.ToString()));
        Assert.Equal($"Task/{it.Id}", EntityOf(call, "2").At("what.reference")!.ToString());
        Assert.Equal($"Patient/{it.Person}", EntityOf(call, "1").At("what.reference")!.ToString());
        // Who, by which software, with which token, from where.
        var user = AgentOf(call, "UserOauthAgent");
        Assert.Equal(("true", it.Clinic.Actor), (user["requestor"]!.ToString(), user.At("who.identifier.value")!.ToString()));
        Assert.Equal("urn:ietf:params:oauth:jti:" + TokenId(await it.Clinic.TokenAsync()), user.At("policy[0]")!.ToString());
        var client = AgentOf(call, "110152");
        Assert.Equal(("urn:interop:client", "centro-esperanza", "2"), (client.At("who.identifier.system")!.ToString(), client.At("who.identifier.value")!.ToString(), client.At("network.type")!.ToString()));
        Assert.True(System.Net.IPAddress.IsLoopback(System.Net.IPAddress.Parse(client.At("network.address")!.ToString())));

        Assert.Equal(("110113", "AuthZ-Consent", "0"), (decision.At("type.code")!.ToString(), decision.At("subtype[0].code")!.ToString(), decision["outcome"]!.ToString()));
        Assert.Equal($"Consent/{it.ReferralConsent}/_history/1", EntityOf(decision, "Consent").At("what.reference")!.ToString());
        Assert.Equal("centro-esperanza", AgentOf(decision, "PROV").At("who.identifier.value")!.ToString());

        Assert.Equal(("110106", "disclose"), (disclosure.At("type.code")!.ToString(), disclosure.At("subtype[0].code")!.ToString()));
        Assert.Equal("juzgado-central", AgentOf(disclosure, "159541003").At("who.identifier.value")!.ToString()); // whose record it was
        Assert.Equal("centro-esperanza", AgentOf(disclosure, "IRCP").At("who.identifier.value")!.ToString());
        Assert.Equal($"Patient/{it.Person}", AgentOf(disclosure, "429577009").At("who.reference")!.ToString()); // who authorised it
        Assert.Equal(entry.At, DateTimeOffset.Parse(disclosure["recorded"]!.ToString(), null));
    }

    [Fact]
    public async Task A_denial_is_a_call_that_failed_and_a_decision_that_says_so()
    {
        var exchange = await StartAsync(new());
        var it = await Case.OpenAsync(exchange);
        (await it.Clinic.ReadAsync(it.Id)).Is(404);
        var entry = Assert.Single(await it.Clinic.AuditedAsync());
        var events = (await Oversight(exchange).GetAsync($"/fhir/AuditEvent?patient={it.Person}&outcome=8")).Is(200);
        Assert.Equal([$"{entry.Id}", $"{entry.Id}.authz"], events.Ids());
        Assert.Null(events.Entries()[0].At("meta.profile")); // the profile of a read is of one that succeeded
        Assert.Equal("8", events.Entries()[1]["outcome"]!.ToString());
        Assert.Equal("none in force", EntityOf(events.Entries()[1], "Consent").At("what.display")!.ToString());
        Assert.NotNull(events.Entries()[1]["outcomeDesc"]);
        // An id that names nothing is the caller's error, and nobody's data.
        (await it.Clinic.ReadAsync(Guid.CreateVersion7(exchange.Now))).Is(404);
        Assert.Single((await Oversight(exchange).GetAsync("/fhir/AuditEvent?type=110113&outcome=8")).Is(200).Entries());
    }

    [Fact]
    public async Task A_search_is_one_event_with_its_text_and_one_more_for_each_person_it_showed()
    {
        var exchange = await StartAsync(new());
        var (one, two) = (await Case.SendAsync(exchange), await Case.SendAsync(exchange));
        (await one.Clinic.GetAsync("/fhir/Task?status=requested&_count=10")).Is(200);
        var events = (await Oversight(exchange).GetAsync("/fhir/AuditEvent?type=rest&subtype=search-type&agent=Organization/centro-esperanza")).Is(200).Entries();
        Assert.Equal(3, events.Count);
        Assert.All(events, e => Assert.Equal("E", e["action"]!.ToString()));
        Assert.All(events, e => Assert.Equal("Task?status=requested&_count=10", Encoding.UTF8.GetString(Convert.FromBase64String(EntityOf(e, "2")["query"]!.ToString()))));
        Assert.Equal(new[] { $"Patient/{one.Person}", $"Patient/{two.Person}" }.Order(StringComparer.Ordinal), events.SelectMany(e => e["entity"]!.AsArray())
            .Where(n => n.At("type.code")!.ToString() == "1").Select(n => n.At("what.reference")!.ToString()).Order(StringComparer.Ordinal));
        Assert.Equal(2, events.Count(e => e.At("meta.profile")!.AsArray().Any(p => p!.ToString().EndsWith("PatientQuery", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task What_a_partner_is_told_is_a_disclosure_and_what_the_exchange_does_by_itself_is_an_activity()
    {
        var clock = new TestClock();
        var exchange = await StartAsync(new() { Clock = clock });
        var it = await Case.SendAsync(exchange);
        await exchange.RunAsync<Interop.Delivery.Relay>();
        (await it.Clinic.GetAsync("/v1/events")).Is(200);
        var told = (await Oversight(exchange).GetAsync($"/fhir/AuditEvent?subtype=event.poll&patient={it.Person}")).Is(200).Entries();
        Assert.NotEmpty(told);
        Assert.All(told, e => Assert.Equal("transmit", e.At("type.code")!.ToString()));
        Assert.Contains((await Oversight(exchange).GetAsync($"/fhir/AuditEvent?type=110106&patient={it.Person}")).Is(200).Entries(),
            e => e["subtype"]!.AsArray().Any(s => s!["code"]!.ToString() == "transmit"));

        clock.Advance(TimeSpan.FromDays(6));
        await exchange.RunAsync<Interop.Referrals.TimerClock>();
        var activity = Assert.Single((await Oversight(exchange).GetAsync("/fhir/AuditEvent?type=110100&subtype=urn:interop:operation|referral.lapse")).Is(200).Entries());
        Assert.Equal(("U", "interop"), (activity["action"]!.ToString(), activity.At("agent[0].who.identifier.value")!.ToString()));
    }

    [Fact]
    public async Task Each_parameter_finds_what_it_names_by_get_and_by_post()
    {
        var (exchange, it) = await PlayAsync();
        var oversight = Oversight(exchange);
        var all = await AllAsync(exchange);
        var middle = all[all.Count / 2];
        var (entry, time) = (middle["id"]!.ToString()[..36], Uri.EscapeDataString(middle["recorded"]!.ToString()));
        var instant = DateTimeOffset.Parse(middle["recorded"]!.ToString(), null);
        foreach (var (query, holds) in new (string, Func<JsonNode, bool>)[]
        {
            ("", _ => true),
            ($"patient={it.Person}", e => Names(e, $"Patient/{it.Person}")),
            ($"patient=Patient/{it.Person},Patient/{Guid.CreateVersion7(exchange.Now)}", e => Names(e, $"Patient/{it.Person}")),
            ("patient=x", _ => false),
            ($"entity=Task/{it.Id}", e => Names(e, $"Task/{it.Id}")),
            ($"entity=Consent/{it.ReferralConsent}", e => IsOn(e, it.ReferralConsent)),
            ($"entity={it.ReferralConsent}", e => IsOn(e, it.ReferralConsent)),
            ("agent=Organization/centro-esperanza", e => Acted(e, "centro-esperanza")),
            ("agent:identifier=urn:interop:organisation|juzgado-central", e => Acted(e, "juzgado-central")),
            ("agent=Device/centro-esperanza", e => Acted(e, "centro-esperanza")),
            ("agent:identifier=urn:interop:client|juzgado-central", e => Acted(e, "juzgado-central")),
            ($"agent:identifier=urn:interop:actor|{Uri.EscapeDataString(it.Court.Actor)}", e => Entry(e).Actor == it.Court.Actor),
            ("agent:identifier=centro-esperanza,contraloria", e => Acted(e, "centro-esperanza") || Acted(e, "contraloria")),
            ("agent=Practitioner/x", _ => false),
            ("type=rest", e => e.At("type.code")!.ToString() == "rest"),
            ("type=http://dicom.nema.org/resources/ontology/DCM|110113", e => e.At("type.code")!.ToString() == "110113"),
            ("type=110106,110107", e => e.At("type.code")!.ToString() is "110106" or "110107"),
            ("type=urn:else|rest", _ => false),
            ("subtype=read", e => Subtypes(e).Contains("read")),
            ("subtype=update", e => Subtypes(e).Contains("update")),
            ("subtype=delete", e => Subtypes(e).Contains("delete")),
            ("subtype=search", e => Subtypes(e).Contains("search")),
            ("subtype=search-type", e => Subtypes(e).Contains("search-type")),
            ("subtype=disclose", e => Subtypes(e).Contains("disclose")),
            ("subtype=transmit", e => Subtypes(e).Contains("transmit")),
            ("subtype=AuthZ-Consent", e => Subtypes(e).Contains("AuthZ-Consent")),
            ("subtype=urn:interop:operation|referral.accept", e => Subtypes(e).Contains("referral.accept")),
            ("subtype=subscription.delete", _ => false), // the profile of a deletion has one subtype
            ("action=C", e => e["action"]!.ToString() == "C"),
            ("action=R", e => e["action"]!.ToString() == "R"),
            ("action=U", e => e["action"]!.ToString() == "U"),
            ("action=D", e => e["action"]!.ToString() == "D"),
            ("action=E", e => e["action"]!.ToString() == "E"),
            ("action=C,D", e => e["action"]!.ToString() is "C" or "D"),
            ("outcome=0", e => e["outcome"]!.ToString() == "0"),
            ("outcome=4", e => e["outcome"]!.ToString() == "4"),
            ("outcome=8", e => e["outcome"]!.ToString() == "8"),
            ("outcome=4,8", e => e["outcome"]!.ToString() is "4" or "8"),
            ("outcome=12", _ => false),
            ($"date={time}", e => At(e) == instant),
            ($"date=ge{time}", e => At(e) >= instant),
            ($"date=gt{time}", e => At(e) > instant),
            ($"date=le{time}", e => At(e) <= instant),
            ($"date=lt{time}", e => At(e) < instant),
            ($"date=ge{time}&date=le{time}", e => At(e) == instant),
            ($"_lastUpdated=lt{time},gt{time}", e => At(e) != instant),
            ("date=lt2020", _ => false),
            ($"_id={entry}", e => e["id"]!.ToString() == entry),
            ($"_id={entry},{entry}.authz,{entry}.source,{entry}.nothing,x", e => e["id"]!.ToString() is var id && (id == entry || id == entry + ".authz" || id == entry + ".source")),
            ($"_id={entry}&type=110113", _ => false),
            ($"patient={it.Person}&agent=Organization/centro-esperanza&type=rest&action=R&outcome=0&date=ge2020", e =>
                Names(e, $"Patient/{it.Person}") && Acted(e, "centro-esperanza") && e.At("type.code")!.ToString() == "rest" && e["action"]!.ToString() == "R" && e["outcome"]!.ToString() == "0"),
        })
        {
            // What was there when the others were read: each look adds to the log.
            var bounded = $"{query}{(query.Length > 0 ? "&" : "")}_lastUpdated=le{Uri.EscapeDataString(all[0]["recorded"]!.ToString())}";
            var expected = all.Where(holds).Select(e => e["id"]!.ToString()).ToList();
            var get = await oversight.GetAsync($"/fhir/AuditEvent?{bounded}&_count=500", ("Prefer", "handling=strict"));
            Assert.Equal($"{query}: {string.Join(' ', expected)}", $"{query}: {string.Join(' ', get.Ids())}");
            Assert.Equal(expected.Count.ToString(null as IFormatProvider), get["total"]);
            Assert.Equal(get.Ids(), (await oversight.SearchByPostAsync("AuditEvent", $"{bounded}&_count=500")).Ids());
            var count = (await oversight.GetAsync($"/fhir/AuditEvent?{bounded}&_summary=count")).Is(200);
            Assert.Equal((expected.Count.ToString(null as IFormatProvider), null), (count["total"], count["entry"]));
            foreach (var (how, total) in new[] { ("accurate", get["total"]), ("estimate", get["total"]), ("none", null) })
                Assert.Equal(total, (await oversight.GetAsync($"/fhir/AuditEvent?{bounded}&_count=1&_total={how}")).Is(200)["total"]);
        }

        AuditEntry Entry(JsonNode e) => _entries.GetValueOrDefault(e["id"]!.ToString()[..36])!;
        bool Acted(JsonNode e, string organisation) => Entry(e).Organisation == organisation; // in this play a client is called as its organisation
        bool IsOn(JsonNode e, Guid consent) => e["entity"]?.AsArray().Any(n => n.At("what.reference")?.ToString().StartsWith($"Consent/{consent}", StringComparison.Ordinal) is true) is true;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(10)]
    public async Task Pages_stay_right_while_entries_arrive_and_within_the_events_of_one_entry(int count)
    {
        var exchange = await StartAsync(new());
        var it = await Case.AdmitAsync(exchange);
        await it.MonitorAsync("attendance");
        var oversight = Oversight(exchange);
        var all = (await oversight.GetAsync("/fhir/AuditEvent?_count=500")).Is(200);
        var seen = new List<string>();
        var link = $"/fhir/AuditEvent?_count={count}&_lastUpdated=le{Uri.EscapeDataString(all.Entries()[0]["recorded"]!.ToString())}";
        while (link is not null)
        {
            var page = (await oversight.GetAsync(link)).Is(200);
            Assert.True(page.Ids().Count == count || page.Link("next") is null);
            seen.AddRange(page.Ids());
            link = page.Link("next");
            (await it.Clinic.ReadAsync(it.Id)).Is(200); // newer ones do not disturb it
        }
        Assert.Equal(all.Ids(), seen);
        Assert.True(seen.Count > 20, $"{seen.Count}");
    }

    [Fact]
    public async Task An_event_is_read_by_its_id_as_it_was_found()
    {
        var (exchange, _) = await PlayAsync();
        var oversight = Oversight(exchange);
        var some = (await AllAsync(exchange)).GroupBy(e => (e.At("type.code")!.ToString(), e["action"]!.ToString(), e["outcome"]!.ToString())).Select(g => g.First()).ToList();
        Assert.True(some.Count >= 10, $"{some.Count}");
        foreach (var e in some)
            Assert.Equal(e.ToJsonString(), (await oversight.GetAsync($"/fhir/AuditEvent/{e["id"]}")).Is(200).Json!.ToJsonString());
        var id = some[0]["id"]!.ToString()[..36];
        foreach (var none in new[] { Guid.CreateVersion7(exchange.Now).ToString(), "x", id.ToUpperInvariant(), id + ".", id + ".other", id + ".authz.source", $"{_entries.First(e => e.Value.Person is null).Key}.authz" })
            (await oversight.GetAsync($"/fhir/AuditEvent/{none}")).IsOutcome(404, "not-found");
        (await oversight.GetAsync($"/fhir/AuditEvent/{id}/_history")).IsOutcome(404);
    }

    [Theory]
    [InlineData("action=X", "code-invalid action")]
    [InlineData("outcome=9", "code-invalid outcome")]
    [InlineData("date=yesterday", "invalid date")]
    [InlineData("_lastUpdated=2027-13", "invalid _lastUpdated")]
    [InlineData("_count=-1", "invalid _count")]
    [InlineData("_cursor=x", "invalid _cursor")]
    [InlineData("_cursor=OTk5OTk5OTk5LjA", "invalid _cursor")] // no such entry
    [InlineData("_total=some", "code-invalid _total")]
    [InlineData("entity:identifier=x", "not-supported entity:identifier")]
    [InlineData("type=", "value type")]
    [InlineData("address=127.0.0.1", "not-supported address")]
    public async Task What_is_asked_wrong_is_named(string query, string issue) =>
        (await Oversight(Exchange).GetAsync($"/fhir/AuditEvent?{query}", ("Prefer", "handling=strict"))).IsOutcome(400, issue);

    [Fact]
    public async Task Nobody_but_oversight_sees_them_whether_they_are_there_or_not()
    {
        var it = await Case.SendAsync(Exchange);
        var id = (await Oversight(Exchange).GetAsync("/fhir/AuditEvent?_count=1")).Ids().Single();
        foreach (var organisation in new[] { "juzgado-central", "fiscalia-central", "libertad-vigilada", "centro-esperanza", "servicios-sociales", "observatorio", "admin", "hospital-ajeno" })
        foreach (var path in new[] { "/fhir/AuditEvent", $"/fhir/AuditEvent?patient={it.Person}", $"/fhir/AuditEvent/{id}", "/fhir/AuditEvent/x" })
            (await new Party(Exchange, organisation).GetAsync(path)).IsOutcome(403, "forbidden");
        (await Oversight(Exchange).GetAsync($"/fhir/Task/{it.Id}")).IsOutcome(403, "forbidden");
    }

    [Theory]
    [InlineData("system/AuditEvent.rs", 200, 200)]
    [InlineData("audit:read", 200, 200)]
    [InlineData("system/AuditEvent.r", 200, 403)]
    [InlineData("system/AuditEvent.s", 403, 200)]
    [InlineData("directory:read", 403, 403)]
    public async Task Either_scope_opens_them(string scope, int read, int search)
    {
        var id = (await Oversight(Exchange).GetAsync("/fhir/AuditEvent?_count=1")).Ids().Single();
        var client = new Party(Exchange, "contraloria") { Scope = scope };
        (await client.GetAsync($"/fhir/AuditEvent/{id}")).Is(read);
        (await client.GetAsync("/fhir/AuditEvent?_count=1")).Is(search);
    }

    [Fact]
    public async Task Looking_at_them_is_an_entry_of_the_log_and_so_an_event_itself()
    {
        var it = await Case.SendAsync(Exchange);
        var oversight = Oversight(Exchange);
        var id = (await oversight.GetAsync($"/fhir/AuditEvent?patient={it.Person}&_count=1")).Ids().Single();
        (await oversight.GetAsync($"/fhir/AuditEvent/{id}")).Is(200);
        var entries = await oversight.AuditedAsync();
        Assert.Equal([("fhir.search", "query", (Guid?)it.Person), ("fhir.read", "read", it.Person)], entries.Select(e => (e.Operation, e.Action, e.Person)));
        Assert.Equal(("AuditEvent", id), (entries[1].ResourceType, entries[1].ResourceId));
        var own = (await oversight.GetAsync($"/fhir/AuditEvent/{entries[0].Id}")).Is(200);
        Assert.Equal($"AuditEvent?patient={it.Person}&_count=1", Encoding.UTF8.GetString(Convert.FromBase64String(EntityOf(own.Json!, "2")["query"]!.ToString())));
    }

    readonly Dictionary<string, AuditEntry> _entries = [];

    static Party Oversight(Exchange exchange) => new(exchange, "contraloria");

    /// <summary>A play in which every kind of event happens.</summary>
    async Task<(Exchange, Case)> PlayAsync()
    {
        var exchange = await StartAsync(new());
        var it = await Case.OpenAsync(exchange);
        (await it.Clinic.ReadAsync(it.Id)).Is(404);
        await it.ConsentAsync();
        (await it.Clinic.AcceptAsync(it.Id)).Is(200);
        (await it.Clinic.AdmitAsync(it.Id)).Is(200);
        await it.MonitorAsync("treatment-status", "attendance");
        (await it.Clinic.ReportAsync(it.Id, "attendance", "attended")).Is(201);
        (await it.Clinic.ReportAsync(it.Id, "mood", "good")).Is(422);
        (await it.Clinic.ReadAsync(it.Id)).Is(200);
        (await it.Clinic.GetAsync($"/fhir/Task/{it.Id}")).Is(200);
        (await it.Clinic.GetAsync("/fhir/Patient?_count=5")).Is(200);
        (await it.Court.GetAsync("/v1/referrals")).Is(200);
        (await it.Court.ReportsAsync(it.Id)).Is(200);
        var subscription = (await it.Clinic.PostAsync("/v1/subscriptions", new() { ["channel"] = "webhook", ["url"] = "http://127.0.0.1:9/never", ["events"] = new JsonArray("*"), ["payload"] = "id-only" })).Is(201).Id;
        (await it.Clinic.GetAsync($"/v1/subscriptions/{subscription}")).Is(200);
        (await it.Clinic.PostAsync($"/v1/subscriptions/{subscription}/rotation")).Is(200);
        (await it.Clinic.GetAsync("/v1/subscriptions")).Is(200);
        (await it.Clinic.SendAsync(HttpMethod.Delete, $"/v1/subscriptions/{subscription}", null)).Is(204);
        await exchange.RunAsync<Interop.Delivery.Relay>();
        (await it.Clinic.GetAsync("/v1/events")).Is(200);
        (await it.RevokeAsync(it.Monitoring)).Is(200);
        return (exchange, it);
    }

    /// <summary>Every event there is now, newest first.</summary>
    async Task<IReadOnlyList<JsonNode>> AllAsync(Exchange exchange)
    {
        var all = (await Oversight(exchange).GetAsync("/fhir/AuditEvent?_count=500")).Is(200);
        Assert.Null(all.Link("next"));
        foreach (var entry in await exchange.LookAsync(db => db.AuditEntries.AsNoTracking().ToListAsync()))
            _entries[entry.Id.ToString()] = entry;
        return all.Entries();
    }

    static JsonNode EntityOf(JsonNode e, string type) => e["entity"]!.AsArray().First(n => n!.At("type.code")!.ToString() == type)!;

    static JsonNode AgentOf(JsonNode e, string type) => e["agent"]!.AsArray().First(a => a!.At("type.coding")!.AsArray().Any(c => c!["code"]!.ToString() == type))!;

    static bool Names(JsonNode e, string reference) => e["entity"]?.AsArray().Any(n => n.At("what.reference")?.ToString() == reference) is true;

    static IReadOnlyList<string> Subtypes(JsonNode e) => [.. e["subtype"]?.AsArray().Select(s => s!["code"]!.ToString()) ?? []];

    static DateTimeOffset At(JsonNode e) => DateTimeOffset.Parse(e["recorded"]!.ToString(), null);

    static string TokenId(string token)
    {
        var claims = JsonNode.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(token.Split('.')[1]))!;
        return claims["jti"]!.ToString();
    }
}

public sealed class AuditEventOnSqlite(SqliteExchange shared) : AuditEventTests(shared);

public sealed class AuditEventOnPostgreSql(PostgreSqlExchange shared) : AuditEventTests(shared);

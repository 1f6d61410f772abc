using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Fhir;

/// <summary>Finding over FHIR: each parameter, each prefix, pages and totals, through the same gate as a read.</summary>
public abstract class SearchTests(SharedExchange shared) : ExchangeTests(shared)
{
    [Fact]
    public async Task Each_parameter_finds_what_it_names_by_get_and_by_post()
    {
        var exchange = await StartAsync(new());
        var prosecutor = new Court(exchange, "fiscalia-central");
        var one = await Case.SendAsync(exchange);
        var two = await Case.AdmitAsync(exchange);
        var other = await prosecutor.ReferAsync(A.Referral());
        (await prosecutor.PostAsync("/v1/consents", A.ReferralConsent(other, exchange.Now))).Is(201);
        var clinic = one.Clinic;
        await clinic.UpdateAsync((await clinic.TaskAsync(two.Id)).With("identifier", new System.Text.Json.Nodes.JsonArray(new System.Text.Json.Nodes.JsonObject { ["system"] = "urn:ehr", ["value"] = "E-1" })));
        var (a, b, c) = (one.Id, two.Id, other.Id);
        var dpi = one.Referral["person.identifiers[0].value"]!;
        foreach (var (type, query, found) in new (string, string, Guid[])[]
        {
            ("Task", "", [c, b, a]),
            ("Task", $"_id={a}", [a]),
            ("Task", $"_id={a},{c}", [c, a]),
            ("Task", $"_id={a}&_id={c}", []),
            ("Task", "_id=x", []),
            ("Task", "status=requested", [c, a]),
            ("Task", "status=requested,in-progress", [c, b, a]),
            ("Task", "status=http://hl7.org/fhir/task-status|in-progress", [b]),
            ("Task", "status=urn:else|in-progress", []),
            ("Task", "status=draft", []),
            ("Task", "owner:identifier=urn:interop:organisation|centro-esperanza", [c, b, a]),
            ("Task", "owner=Organization/centro-esperanza", [c, b, a]),
            ("Task", "owner=hospital-ajeno", []),
            ("Task", "requester:identifier=fiscalia-central", [c]),
            ("Task", "requester=juzgado-central", [b, a]),
            ("Task", $"patient={one.Person}", [a]),
            ("Task", $"patient=Patient/{one.Person},Patient/{two.Person}", [b, a]),
            ("Task", $"subject=Patient/{two.Person}", [b]),
            ("Task", $"patient:Patient={two.Person}", [b]),
            ("Task", $"identifier=urn:interop:referral|{b}", [b]),
            ("Task", $"identifier={b}", [b]),
            ("Task", "identifier=urn:ehr|E-1", [b]),
            ("Task", "identifier=E-1", [b]),
            ("Task", "identifier=|E-1", []),
            ("Task", $"patient={two.Person}&status=in-progress&identifier=urn:ehr|E-1&requester=juzgado-central&_id={b}", [b]),
            ("Task", "_lastUpdated=ge2020&_lastUpdated=lt2100", [c, b, a]),
            ("ServiceRequest", "", [c, b, a]),
            ("ServiceRequest", "status=active", [c, b, a]),
            ("ServiceRequest", "status=revoked,completed", []),
            ("ServiceRequest", "performer=Organization/centro-esperanza", [c, b, a]),
            ("ServiceRequest", "requester=fiscalia-central", [c]),
            ("ServiceRequest", $"patient={one.Person}", [a]),
            ("ServiceRequest", $"subject={one.Person}", [a]),
            ("ServiceRequest", $"identifier=urn:interop:referral|{a}", [a]),
            ("ServiceRequest", $"_id={a},{b}", [b, a]),
            ("Patient", $"_id={one.Person}", [one.Person]),
            ("Patient", $"identifier=urn:gt:dpi|{dpi}", [one.Person]),
            ("Patient", $"identifier={dpi}", [one.Person]),
            ("Patient", $"identifier=urn:else|{dpi}", []),
            ("Patient", "identifier=nobody", []),
            ("Patient", "_lastUpdated=lt2020", []),
        })
        {
            var escaped = string.Join('&', query.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(p => p.Split('=', 2)).Select(p => $"{p[0]}={Uri.EscapeDataString(p[1])}"));
            var get = await clinic.GetAsync($"/fhir/{type}?{escaped}", ("Prefer", "handling=strict"));
            Assert.Equal($"{type}?{query}: {string.Join(' ', found)}", $"{type}?{query}: {string.Join(' ', get.Ids())}");
            Assert.Equal(found.Length.ToString(null as IFormatProvider), get["total"]);
            Assert.Equal("searchset", get["type"]);
            Assert.Equal(get.Text, (await clinic.SearchByPostAsync(type, escaped)).Is(200).Text);
            Assert.Equal(get.Text, (await clinic.GetAsync(get.Link("self")!)).Is(200).Text);
            var count = (await clinic.GetAsync($"/fhir/{type}?{escaped}&_summary=count")).Is(200);
            Assert.Equal((found.Length.ToString(null as IFormatProvider), null), (count["total"], count["entry"]));
        }
    }

    [Fact]
    public async Task Each_prefix_cuts_the_times_where_it_says()
    {
        var clock = new TestClock();
        var exchange = await StartAsync(new() { Clock = clock });
        var ids = new List<Guid>();
        Clinic? clinic = null;
        var start = exchange.Now; // 2027-03-01 09:00
        for (var i = 0; i < 3; i++)
        {
            clock.Set(start.AddDays(i));
            var it = await Case.SendAsync(exchange);
            (clinic, _) = (it.Clinic, 0);
            ids.Add(it.Id);
        }
        foreach (var type in new[] { "Task", "ServiceRequest", "Patient" })
        foreach (var (query, found) in new (string, int[])[]
        {
            ("2027-03-02", [1]), ("eq2027-03-02", [1]), ("ge2027-03-02", [2, 1]), ("gt2027-03-02", [2]), ("le2027-03-02", [1, 0]), ("lt2027-03-02", [0]),
            ("2027-03", [2, 1, 0]), ("gt2027-03", []), ("lt2027", []), ("le2027", [2, 1, 0]), ("ge2028", []),
            ("2027-03-02T09:00Z", [1]), ("eq2027-03-02T09:00:00Z", [1]), ("gt2027-03-02T09:00:00Z", [2]), ("ge2027-03-02T09:00:00Z", [2, 1]), ("lt2027-03-02T09:00:00Z", [0]),
            ("ge2027-03-02T03:00:00-06:00", [2, 1]), ("gt2027-03-02T09:00:00.000001Z", [2]), ("2027-03-01,2027-03-03", [2, 0]),
        })
        {
            var bundle = (await clinic!.GetAsync($"/fhir/{type}?_lastUpdated={Uri.EscapeDataString(query)}")).Is(200);
            if (type == "Patient")
                Assert.Equal(found.Length, bundle.Ids().Count);
            else
                Assert.Equal($"{query}: {string.Join(' ', found)}", $"{query}: {string.Join(' ', bundle.Ids().Select(i => ids.IndexOf(Guid.Parse(i))))}");
        }
        Assert.Equal([ids[1].ToString()], (await clinic!.GetAsync("/fhir/Task?_lastUpdated=ge2027-03-02&_lastUpdated=lt2027-03-03")).Ids());
        foreach (var bad in new[] { "ne2027-03-02", "sa2027", "eb2027", "ap2027", "xx2027", "yesterday", "2027-13", "2027-02-30", "20270301", "ge", "2027-03-01T25:00:00Z" })
            (await clinic.GetAsync($"/fhir/Task?_lastUpdated={bad}")).IsOutcome(400, "invalid _lastUpdated");
    }

    [Fact]
    public async Task Pages_and_totals_tell_nothing_of_what_was_withdrawn()
    {
        var exchange = await StartAsync(new());
        var (clinic, seen) = (new Clinic(exchange), new List<Case>());
        for (var i = 0; i < 25; i++)
        {
            var it = await Case.SendAsync(exchange);
            if (i % 3 == 1 || i is 23 or 24)
                (await it.RevokeByCourtAsync(it.ReferralConsent)).Is(200); // between the others, and the newest
            else
                seen.Add(it);
        }
        seen.Reverse();
        foreach (var type in new[] { "Task", "ServiceRequest", "Patient" })
        {
            var expected = seen.Select(s => (type == "Patient" ? s.Person : s.Id).ToString()).ToList();
            foreach (var count in new[] { 1, 4, expected.Count, expected.Count - 1, 500 })
            {
                var ids = new List<string>();
                var pages = 0;
                for (var link = $"/fhir/{type}?_count={count}"; link is not null; pages++)
                {
                    var page = (await clinic.GetAsync(link)).Is(200);
                    Assert.Equal(expected.Count.ToString(null as IFormatProvider), page["total"]);
                    Assert.Equal(Math.Min(count, expected.Count - ids.Count), page.Ids().Count);
                    ids.AddRange(page.Ids());
                    link = page.Link("next");
                }
                Assert.Equal(expected, ids);
                Assert.Equal((expected.Count + count - 1) / count, pages); // no empty page at the end either
            }
            Assert.Equal(expected.Count.ToString(null as IFormatProvider), (await clinic.GetAsync($"/fhir/{type}?_summary=count")).Is(200)["total"]);
            var none = (await clinic.GetAsync($"/fhir/{type}?_count=0")).Is(200);
            Assert.Equal((expected.Count.ToString(null as IFormatProvider), null, null), (none["total"], none["entry"], none.Link("next")));
            Assert.Null((await clinic.GetAsync($"/fhir/{type}?_total=none&_count=2")).Is(200)["total"]);
        }
        var stranger = (await new Clinic(exchange, "hospital-ajeno").GetAsync("/fhir/Task?_count=4")).Is(200);
        Assert.Equal(("0", null, null), (stranger["total"], stranger["entry"], stranger.Link("next")));
    }

    [Fact]
    public async Task A_link_made_before_a_revocation_leads_to_what_is_left()
    {
        var exchange = await StartAsync(new());
        var cases = new List<Case>();
        for (var i = 0; i < 4; i++)
            cases.Insert(0, await Case.SendAsync(exchange));
        var first = await cases[0].Clinic.GetAsync("/fhir/Task?_count=2");
        (await cases[2].RevokeByCourtAsync(cases[2].ReferralConsent)).Is(200);
        var rest = await cases[0].Clinic.GetAsync(first.Link("next")!);
        Assert.Equal([cases[3].Id.ToString()], rest.Ids());
        Assert.Equal("3", rest["total"]);
        Assert.Null(rest.Link("next"));
    }

    [Theory]
    [InlineData("status=nonsense", "code-invalid status")]
    [InlineData("status:not=requested", "not-supported status:not")]
    [InlineData("patient.name=x", null)]
    [InlineData("_count=x", "invalid _count")]
    [InlineData("_count=-1", "invalid _count")]
    [InlineData("_cursor=x", "invalid _cursor")]
    [InlineData("_summary=perhaps", "code-invalid _summary")]
    [InlineData("_total=many", "code-invalid _total")]
    [InlineData("identifier=", "value identifier")]
    [InlineData("_count=x&status=y&_lastUpdated=z", "code-invalid status;invalid _count;invalid _lastUpdated")]
    public async Task What_is_wrong_with_a_search_is_named(string query, string? issues)
    {
        var clinic = new Clinic(Exchange);
        foreach (var reply in new[] { await clinic.GetAsync($"/fhir/Task?{query}"), await clinic.SearchByPostAsync("Task", query) })
            if (issues is null)
                Assert.DoesNotContain("patient", reply.Is(200).Link("self"), StringComparison.Ordinal); // left out, and the link says so
            else
                reply.IsOutcome(400, issues.Split(';'));
    }

    [Fact]
    public async Task What_is_shown_is_recorded_as_read_and_the_query_with_what_it_withheld()
    {
        var it = await Case.SendAsync(Exchange);
        var gone = await Case.SendAsync(Exchange);
        (await gone.RevokeByCourtAsync(gone.ReferralConsent)).Is(200);
        var clinic = new Clinic(Exchange);
        Assert.Single((await clinic.GetAsync($"/fhir/Task?_id={it.Id},{gone.Id}")).Ids());
        var entries = await clinic.AuditedAsync();
        var query = Assert.Single(entries, e => e.Action == "query");
        Assert.Contains(gone.Id.ToString(), query.Canonical, StringComparison.Ordinal);
        var read = Assert.Single(entries, e => e.Action == "read");
        Assert.Equal((it.Person, "consent", "juzgado-central", it.Id.ToString()), (read.Person!.Value, read.Ground, read.Discloser, read.ResourceId));
    }
}

public sealed class SearchOnSqlite(SqliteExchange shared) : SearchTests(shared);

public sealed class SearchOnPostgreSql(PostgreSqlExchange shared) : SearchTests(shared);

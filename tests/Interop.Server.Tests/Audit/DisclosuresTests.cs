using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Audit;

/// <summary>The accounting: to whom something of a person was told under a consent.</summary>
public abstract class DisclosuresTests(SharedExchange shared) : ExchangeTests(shared)
{
    Party Oversight => field ??= new(Exchange, "contraloria");

    [Fact]
    public async Task Each_disclosure_is_accounted_for_with_its_consent()
    {
        var it = await Case.AdmitAsync(Exchange);
        await it.MonitorAsync("attendance");
        (await it.Clinic.ReportAsync(it.Id, "attendance", "attended")).Is(201);
        (await it.Clinic.ReadAsync(it.Id)).Is(200);
        (await it.Clinic.GetAsync($"/fhir/Task/{it.Id}")).Is(200);
        (await it.Court.ReportsAsync(it.Id)).Is(200);

        var told = (await Oversight.GetAsync($"/v1/persons/{it.Person}/disclosures")).Is(200).Items;

        Assert.All(told, d => Assert.Equal("consent", d["ground"]!.ToString()));
        Assert.All(told, d => Assert.NotEmpty(d["consents"]!.AsArray()));
        Assert.All(told, d => Assert.Equal(1, d["consents"]![0]!["version"]!.GetValue<int>()));
        var read = Assert.Single(told, d => d["how"]!.ToString() == "referral.read" && d["recipient"]!.ToString() == "centro-esperanza");
        Assert.Equal(("juzgado-central", it.ReferralConsent.ToString(), it.Id.ToString()), (read["discloser"]!.ToString(), read["consents"]![0]!["id"]!.ToString(), read["resourceId"]!.ToString()));
        Assert.Single(told, d => d["how"]!.ToString() == "fhir.read" && d["recipient"]!.ToString() == "centro-esperanza");
        var report = Assert.Single(told, d => d["recipient"]!.ToString() == "juzgado-central" && d["resourceType"]!.ToString() == "ComplianceUpdate");
        Assert.Equal("centro-esperanza", report["discloser"]!.ToString());
        Assert.Contains(report["consents"]!.AsArray(), c => c!["id"]!.ToString() == it.Monitoring.ToString());
        Assert.Equal(told.Select(Millisecond).OrderDescending(StringComparer.Ordinal), told.Select(Millisecond)); // finer than that the order is nobody's

        static string Millisecond(System.Text.Json.Nodes.JsonNode d) => A.Time(DateTimeOffset.Parse(d["at"]!.ToString(), null))[..23];
    }

    [Fact]
    public async Task What_an_organisation_reads_of_its_own_is_no_disclosure()
    {
        var it = await Case.OpenAsync(Exchange);
        (await it.Court.ReadAsync(it.Id)).Is(200);
        (await it.Court.HistoryAsync(it.Id)).Is(200);
        Assert.Empty((await Oversight.GetAsync($"/v1/persons/{it.Person}/disclosures")).Is(200).Items);
    }

    [Fact]
    public async Task A_report_is_no_disclosure_to_whoever_made_it()
    {
        var it = await Case.AdmitAsync(Exchange);
        await it.MonitorAsync("attendance");
        var report = (await it.Clinic.ReportAsync(it.Id, "attendance", "attended")).Is(201).Id;
        (await it.Clinic.GetAsync($"/v1/referrals/{it.Id}/compliance-updates/{report}")).Is(200);
        (await it.Court.GetAsync($"/v1/referrals/{it.Id}/compliance-updates/{report}")).Is(200);
        var told = (await Oversight.GetAsync($"/v1/persons/{it.Person}/disclosures")).Is(200).Items;
        Assert.Equal(["juzgado-central"], told.Where(d => d["resourceId"]!.ToString() == report.ToString()).Select(d => d["recipient"]!.ToString()));
    }

    [Fact]
    public async Task What_was_denied_is_no_disclosure()
    {
        var it = await Case.OpenAsync(Exchange);
        (await it.Clinic.ReadAsync(it.Id)).Is(404);
        (await it.Clinic.GetAsync($"/fhir/Task/{it.Id}")).Is(404);
        (await it.Clinic.GetAsync("/fhir/Task?_id=" + it.Id)).Is(200);
        (await new Clinic(Exchange, "hospital-ajeno").ReadAsync(it.Id)).Is(404);
        (await it.Supervision.ReadAsync(it.Id)).Is(404);
        Assert.Empty((await Oversight.GetAsync($"/v1/persons/{it.Person}/disclosures")).Is(200).Items);

        await it.ConsentAsync();
        (await it.RevokeByCourtAsync(it.ReferralConsent)).Is(200);
        (await it.Clinic.ReadAsync(it.Id)).Is(404);
        Assert.Empty((await Oversight.GetAsync($"/v1/persons/{it.Person}/disclosures")).Is(200).Items);
    }

    [Fact]
    public async Task A_care_organisation_sees_what_it_received_and_disclosed_and_nothing_else()
    {
        var person = A.Person();
        var it = await Case.AdmitAsync(Exchange, A.Referral().With("person", person.DeepClone()));
        var other = await Case.AdmitAsync(Exchange, A.Referral().With("person", person.DeepClone()).With("providerId", "clinica-del-valle").With("service", "residential"));
        Assert.Equal(it.Person, other.Person);
        await it.MonitorAsync("treatment-status");
        (await it.Court.ReadAsync(it.Id)).Is(200);
        (await other.Clinic.ReadAsync(other.Id)).Is(200);
        var all = (await Oversight.GetAsync($"/v1/persons/{it.Person}/disclosures")).Is(200).Items;
        Assert.Contains(all, d => d["recipient"]!.ToString() == "clinica-del-valle");

        foreach (var clinic in new[] { it.Clinic, other.Clinic })
        {
            var own = (await clinic.GetAsync($"/v1/persons/{it.Person}/disclosures")).Is(200).Items;
            Assert.NotEmpty(own);
            Assert.Equal(
                all.Where(d => d["recipient"]!.ToString() == clinic.Organisation || d["discloser"]?.ToString() == clinic.Organisation).Select(d => d.ToJsonString()),
                own.Select(d => d.ToJsonString()));
        }
        Assert.DoesNotContain("clinica-del-valle", (await it.Clinic.GetAsync($"/v1/persons/{it.Person}/disclosures")).Is(200).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Justice_is_refused_and_strangers_learn_nothing()
    {
        var it = await Case.AdmitAsync(Exchange);
        foreach (var organisation in new[] { "juzgado-central", "fiscalia-central", "libertad-vigilada", "observatorio", "admin" })
            (await new Party(Exchange, organisation).GetAsync($"/v1/persons/{it.Person}/disclosures")).Is(403);
        var stranger = new Clinic(Exchange, "hospital-ajeno");
        var there = (await stranger.GetAsync($"/v1/persons/{it.Person}/disclosures")).Is(404);
        var absent = (await stranger.GetAsync($"/v1/persons/{Guid.CreateVersion7(Exchange.Now)}/disclosures")).Is(404);
        Assert.Equal(absent.Text, there.Text);
        (await Oversight.GetAsync($"/v1/persons/{Guid.CreateVersion7(Exchange.Now)}/disclosures")).Is(404);
        (await Oversight.GetAsync("/v1/persons/x/disclosures")).Is(404);
        (await Oversight.GetAsync($"/v1/persons/{it.Person}/disclosures?from=x&who=y")).Refuses(400, "from type.instant", "who query.unknown");
    }

    [Fact]
    public async Task From_and_to_cut_a_time_out_of_it()
    {
        var clock = new TestClock();
        var exchange = await StartAsync(new() { Clock = clock });
        var it = await Case.SendAsync(exchange);
        var oversight = new Party(exchange, "contraloria");
        var times = new List<DateTimeOffset>();
        for (var i = 0; i < 5; i++)
        {
            clock.Advance(TimeSpan.FromDays(1));
            times.Add(exchange.Now);
            (await it.Clinic.ReadAsync(it.Id)).Is(200);
        }
        Assert.Equal([4, 3, 2, 1, 0], await ReadAsync(""));
        Assert.Equal([4, 3, 2], await ReadAsync($"from={At(2)}"));
        Assert.Equal([1, 0], await ReadAsync($"to={At(2)}"));
        Assert.Equal([3, 2], await ReadAsync($"from={At(2)}&to={At(4)}"));
        Assert.Equal([2], await ReadAsync($"from={times[2]:yyyy-MM-dd}&to={times[2]:yyyy-MM-dd}"));
        Assert.Empty(await ReadAsync($"from={At(4)}&to={At(4)}"));

        var paged = new List<int>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = (await oversight.GetAsync($"/v1/persons/{it.Person}/disclosures?limit=2{(cursor.Length == 0 ? "" : $"&cursor={cursor}")}")).Is(200);
            paged.AddRange(page.Items.Select(IndexOf));
            cursor = page["next"];
            (await it.Clinic.ReadAsync(it.Id)).Is(200); // newer ones do not disturb it
        }
        Assert.Equal([4, 3, 2, 1, 0], paged);

        string At(int i) => Uri.EscapeDataString(A.Time(times[i]));
        int IndexOf(System.Text.Json.Nodes.JsonNode d) => times.IndexOf(DateTimeOffset.Parse(d["at"]!.ToString(), null));
        async Task<IEnumerable<int>> ReadAsync(string query) => (await oversight.GetAsync($"/v1/persons/{it.Person}/disclosures?{query}")).Is(200).Items.Select(IndexOf).ToList();
    }

    [Fact]
    public async Task Asking_is_an_entry_of_the_log()
    {
        var it = await Case.AdmitAsync(Exchange);
        var oversight = new Party(Exchange, "contraloria");
        (await oversight.GetAsync($"/v1/persons/{it.Person}/disclosures")).Is(200);
        var entry = Assert.Single(await oversight.AuditedAsync());
        Assert.Equal(("person.disclosures", "permitted", (Guid?)it.Person), (entry.Operation, entry.Outcome, entry.Person));
    }
}

public sealed class DisclosuresOnSqlite(SqliteExchange shared) : DisclosuresTests(shared);

public sealed class DisclosuresOnPostgreSql(PostgreSqlExchange shared) : DisclosuresTests(shared);

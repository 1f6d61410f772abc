using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Interop.Server.Tests.Audit;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Persons;

/// <summary>The accounting of disclosures as people read it: in their language, grouped, as a table and as a page to print.</summary>
public abstract partial class AccountingTests(SharedExchange shared) : ExchangeTests(shared)
{
    static readonly string[] s_languages = ["en", "es", "fr", "pt"];

    [Fact]
    public async Task Disclosures_are_said_in_words_and_grouped_by_recipient_and_ground()
    {
        var it = await ReportedAsync(Exchange);
        var oversight = new Party(Exchange, "contraloria");
        var page = (await oversight.GetAsync($"/v1/persons/{it.Person}/disclosures?limit=2", ("Accept-Language", "en"))).Is(200);
        var all = (await oversight.GetAsync($"/v1/persons/{it.Person}/disclosures?limit=500")).Is(200);
        Assert.Equal(("en", "es"), (page["language"], all["language"])); // where nothing is asked for, the organisation's own
        Assert.All(all.Items, d => Assert.Equal(d["recipient"]!.ToString() == "centro-esperanza" ? "Centro Esperanza" : "Juzgado Central", d["recipientName"]!.ToString()));
        var report = page.Json!["groups"]!.AsArray().Single(g => g!["recipient"]!.ToString() == "juzgado-central" && g.At("text.what")!.ToString() == "A report to the justice side")!;
        Assert.Equal(("Juzgado Central", "Centro Esperanza", "consent", "Shown when its software asked", "The person's consent"),
            (report["recipientName"]!.ToString(), report["discloserName"]!.ToString(), report["ground"]!.ToString(), report.At("text.how")!.ToString(), report.At("text.ground")!.ToString()));
        Assert.Contains(report["consents"]!.AsArray(), c => (c!["id"]!.ToString(), c["version"]!.GetValue<int>()) == (it.Monitoring.ToString(), 1));
        // The groups are of everything, the items a page of it; the next page has no groups.
        Assert.Equal(all.Items.Count, page.Json!["groups"]!.AsArray().Sum(g => g!["times"]!.GetValue<int>()));
        Assert.Equal(2, page.Items.Count);
        Assert.Null((await oversight.GetAsync($"/v1/persons/{it.Person}/disclosures?limit=2&cursor={page["next"]}")).Is(200)["groups"]);
        foreach (var group in all.Json!["groups"]!.AsArray())
        {
            var members = all.Items.Where(d => d["recipient"]!.ToString() == group!["recipient"]!.ToString() && d["text"]!.ToJsonString() == group["text"]!.ToJsonString() && d["consents"]!.ToJsonString() == group["consents"]!.ToJsonString()).ToList();
            Assert.Equal(group!["times"]!.GetValue<int>(), members.Count);
            Assert.Equal((members[^1]["at"]!.ToString(), members[0]["at"]!.ToString()), (group["first"]!.ToString(), group["last"]!.ToString()));
        }
    }

    [Fact]
    public async Task A_correction_is_accounted_for_like_what_it_corrects()
    {
        var it = await ReportedAsync(Exchange);
        var report = (await it.Clinic.ReportsAsync(it.Id)).Items[0]["id"]!.ToString();
        (await it.RevokeAsync(it.Monitoring)).Is(200);
        (await it.Clinic.PostAsync($"/v1/referrals/{it.Id}/compliance-updates/{report}/retraction", new() { ["reason"] = "Otra persona" })).Is(200);
        while (await Exchange.RunAsync<Interop.Delivery.Relay>() > 0)
            continue; // it relays in batches, and everybody's events
        string? after = null;
        for (Reply page; (page = (await it.Court.GetAsync($"/v1/events?limit=500{(after is null ? "" : $"&after={after}")}")).Is(200)).Items.Count > 0;)
            after = page["next"]; // its feed is everybody's who tests here
        var told = (await new Party(Exchange, "contraloria").GetAsync($"/v1/persons/{it.Person}/disclosures?limit=500&language=pt")).Is(200).Items;
        var correction = Assert.Single(told, d => d["ground"]!.ToString() == "correction");
        Assert.Equal(("juzgado-central", "Correção do que fora comunicado antes", "Recolhido como aviso"), (correction["recipient"]!.ToString(), correction.At("text.ground")!.ToString(), correction.At("text.how")!.ToString()));
    }

    [Theory]
    [InlineData("text/csv", null, "text/csv")]
    [InlineData("text/html", null, "text/html")]
    [InlineData("text/html,application/xhtml+xml,*/*;q=0.8", null, "text/html")]
    [InlineData("application/json", null, "application/json")]
    [InlineData("*/*", null, "application/json")]
    [InlineData("image/png", null, "application/json")]
    [InlineData("text/csv;q=0.5, application/json;q=0.4", null, "text/csv")]
    [InlineData("text/csv;q=0, text/html;q=0.1", null, "text/html")]
    [InlineData("nonsense", "html", "text/html")]
    [InlineData("text/html", "csv", "text/csv")]
    [InlineData("text/html", "json", "application/json")]
    public async Task The_form_is_what_the_query_says_else_what_the_caller_accepts(string accept, string? format, string type)
    {
        var it = await Case.SendAsync(Exchange);
        var reply = (await it.Clinic.GetAsync($"/v1/persons/{it.Person}/disclosures{(format is null ? "" : $"?format={format}")}", ("Accept", accept))).Is(200);
        Assert.Equal((type, "utf-8"), (reply.Type!.MediaType, reply.Type.CharSet));
        Assert.Equal("no-store", reply.Headers.CacheControl!.ToString());
    }

    [Fact]
    public async Task As_a_table_it_has_every_disclosure_and_no_formula()
    {
        var exchange = await StartAsync(new());
        (await new Party(exchange, "admin").PostAsync("/v1/organisations", new() { ["id"] = "formula", ["name"] = "=HYPERLINK(\"http://x\"),\"Ñandú\"", ["kind"] = "court" })).Is(201);
        var it = await ReportedAsync(exchange);
        var entry = LogWriter.Entry(exchange.Now, "formula", it.Person);
        await exchange.WriteAsync(new Interop.Audit.AuditEntry
        {
            Id = entry.Id, At = entry.At, Organisation = "formula", Client = "formula", Action = "read", Operation = "referral.read", Outcome = "permitted", Person = it.Person,
            ResourceType = "Referral", ResourceId = it.Id.ToString(), Ground = "consent", Discloser = "centro-esperanza", Canonical = entry.Canonical, Salt = entry.Salt,
        });
        var oversight = new Party(exchange, "contraloria");
        var json = (await oversight.GetAsync($"/v1/persons/{it.Person}/disclosures?limit=500&language=fr")).Is(200).Items;
        Assert.Equal([0xEF, 0xBB, 0xBF], (await BytesAsync(oversight, $"/v1/persons/{it.Person}/disclosures?format=csv"))[..3]); // by which spreadsheets know UTF-8
        foreach (var language in s_languages)
        {
            var csv = (await oversight.GetAsync($"/v1/persons/{it.Person}/disclosures?format=csv&language={language}")).Is(200);
            Assert.EndsWith("\r\n", csv.Text, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', csv.Text.Replace("\r\n", "", StringComparison.Ordinal));
            var rows = Csv(csv.Text);
            Assert.Equal(json.Count + 1, rows.Count);
            Assert.All(rows, r => Assert.Equal(10, r.Count));
            Assert.Equal(language switch { "en" => "When", "es" => "Cuándo", "fr" => "Quand", _ => "Quando" }, rows[0][0]);
            Assert.Single(rows, r => r[1] == "'=HYPERLINK(\"http://x\"),\"Ñandú\""); // a spreadsheet shows it and computes nothing
            Assert.All(rows.SelectMany(r => r), field => Assert.False(field.Length > 0 && "=+-@\t\r".Contains(field[0], StringComparison.Ordinal), field));
            if (language == "fr")
                Assert.Equal(json.Select(d => $"{d["recipient"]} {d.At("text.what")} {d["resourceId"]}"), rows.Skip(1).Select(r => $"{r[2]} {r[5]} {r[6]}"));
        }
    }

    [Fact]
    public async Task Times_are_those_of_the_organisation_that_gives_it_and_say_so()
    {
        var clock = new TestClock();
        var exchange = await StartAsync(new() { Clock = clock });
        var admin = new Party(exchange, "admin");
        (await admin.PostAsync("/v1/organisations", new() { ["id"] = "procuraduria", ["name"] = "Procuraduría", ["kind"] = "oversight", ["timeZone"] = "America/Guatemala", ["language"] = "es" })).Is(201);
        var secret = (await admin.PostAsync("/v1/clients", new() { ["clientId"] = "procuraduria-auditoria", ["organisation"] = "procuraduria" })).Is(201)["secret"]!;
        var it = await Case.SendAsync(exchange); // at 09:00 UTC
        (await it.Clinic.ReadAsync(it.Id)).Is(200);
        var there = new Party(exchange, "procuraduria") { Client = "procuraduria-auditoria", Secret = secret };
        Assert.StartsWith("2027-03-01T03:00:00-06:00,", (await there.GetAsync($"/v1/persons/{it.Person}/disclosures?format=csv")).Is(200).Text.Split("\r\n")[1], StringComparison.Ordinal);
        var html = (await there.GetAsync($"/v1/persons/{it.Person}/disclosures?format=html")).Is(200).Text;
        Assert.Contains("<time datetime=\"2027-03-01T09:00:00Z\">2027-03-01 03:00</time>", html, StringComparison.Ordinal);
        Assert.Contains("America/Guatemala", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task As_a_page_it_stands_alone_in_the_readers_language_and_every_text_in_it_is_text()
    {
        var exchange = await StartAsync(new());
        (await new Party(exchange, "admin").PostAsync("/v1/organisations", new() { ["id"] = "script", ["name"] = "<script>alert('á')</script> & \"Cía\"", ["kind"] = "court" })).Is(201);
        var it = await ReportedAsync(exchange);
        var entry = LogWriter.Entry(exchange.Now, "script", it.Person);
        await exchange.WriteAsync(new Interop.Audit.AuditEntry
        {
            Id = entry.Id, At = entry.At, Organisation = "script", Client = "script", Action = "read", Operation = "<b>x</b>", Outcome = "permitted", Person = it.Person,
            ResourceType = "<img src=x>", ResourceId = "\"'>", Ground = "<i>law</i>", Discloser = "centro-esperanza", Canonical = entry.Canonical, Salt = entry.Salt,
        });
        foreach (var language in s_languages)
        {
            var reply = (await new Party(exchange, "contraloria").GetAsync($"/v1/persons/{it.Person}/disclosures?format=html&from=2020-01-01", ("Accept-Language", language))).Is(200);
            var html = reply.Text;
            // Well formed: it reads as XML once the void elements of HTML are closed.
            var page = XDocument.Parse(Void().Replace(html.Replace("<!doctype html>", "", StringComparison.Ordinal), "<$1$2/>")).Root!;
            Assert.Equal(language, page.Attribute("lang")!.Value);
            Assert.NotEmpty(page.Descendants("title").Single().Value);
            Assert.Equal(page.Descendants("title").Single().Value, page.Descendants("h1").Single().Value);
            Assert.Single(page.Descendants("main"));
            Assert.All(page.Descendants("table"), t =>
            {
                Assert.NotEmpty(t.Element("caption")!.Value);
                Assert.All(t.Descendants("th"), h => Assert.Contains(h.Attribute("scope")?.Value, new[] { "col", "row" }));
            });
            Assert.All(page.Descendants("section"), s => Assert.Contains(s.Descendants(), d => d.Attribute("id")?.Value == s.Attribute("aria-labelledby")!.Value));
            // Nothing is loaded and nothing runs, and the policy in the header says so too.
            Assert.DoesNotContain(page.Descendants(), d => d.Name.LocalName is "script" or "img" or "link" or "iframe" or "form" or "b" or "i");
            Assert.DoesNotContain(page.Descendants().SelectMany(d => d.Attributes()), a => a.Name.LocalName.StartsWith("on", StringComparison.Ordinal) || a.Name.LocalName is "href" or "src" or "style");
            Assert.Equal($"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(page.Descendants("style").Single().Value)))}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
                reply.Headers.GetValues("Content-Security-Policy").Single());
            Assert.Contains(page.Descendants("h3"), h => h.Value == "<script>alert('á')</script> & \"Cía\"");
            // Each disclosure is there, and each consent by its id and version.
            var items = (await new Party(exchange, "contraloria").GetAsync($"/v1/persons/{it.Person}/disclosures?limit=500&from=2020-01-01&language={language}")).Items;
            Assert.Equal(items.Count, page.Descendants("section").ElementAt(1).Descendants("tbody").Elements("tr").Count());
            Assert.Equal(new[] { it.ReferralConsent, it.Monitoring }.Order(), page.Descendants("li").Select(l => Guid.Parse(UuidOf().Match(l.Value).Value)).Order());
            foreach (var text in items.SelectMany(d => new[] { d.At("text.what"), d.At("text.how"), d.At("text.ground") }).Select(t => t!.ToString()).Distinct())
                Assert.Contains(page.Descendants("td"), d => d.Nodes().OfType<XText>().Any(t => t.Value.Trim() == text));
        }
    }

    [Fact]
    public async Task Where_nothing_was_disclosed_the_page_says_so()
    {
        var it = await Case.OpenAsync(Exchange);
        var page = (await new Party(Exchange, "contraloria").GetAsync($"/v1/persons/{it.Person}/disclosures?format=html&language=fr")).Is(200);
        Assert.Contains("Rien n'a été divulgué pendant cette période.", page.Text.Replace("&#x27;", "'", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Single(Csv((await new Party(Exchange, "contraloria").GetAsync($"/v1/persons/{it.Person}/disclosures?format=csv")).Is(200).Text));
    }

    [Fact]
    public async Task Every_form_is_refused_and_recorded_alike()
    {
        var it = await Case.SendAsync(Exchange);
        var stranger = new Clinic(Exchange, "hospital-ajeno");
        foreach (var format in new[] { "json", "csv", "html" })
        {
            (await new Court(Exchange).GetAsync($"/v1/persons/{it.Person}/disclosures?format={format}")).Refuses(403, []);
            Assert.Equal((await stranger.GetAsync($"/v1/persons/{it.Person}/disclosures?format={format}")).Is(404).Text, (await stranger.GetAsync($"/v1/persons/{Guid.CreateVersion7(Exchange.Now)}/disclosures?format={format}")).Is(404).Text);
            (await it.Clinic.GetAsync($"/v1/persons/{it.Person}/disclosures?format={format}&from=x&language=de")).Refuses(400, "from type.instant", "language code.unknown");
        }
        (await it.Clinic.GetAsync($"/v1/persons/{it.Person}/disclosures?format=pdf")).Refuses(400, "format code.unknown");
        var oversight = new Party(Exchange, "contraloria");
        (await oversight.GetAsync($"/v1/persons/{it.Person}/disclosures?format=html")).Is(200);
        var entry = Assert.Single(await oversight.AuditedAsync());
        Assert.Equal(("person.disclosures", "permitted", (Guid?)it.Person), (entry.Operation, entry.Outcome, entry.Person));
    }

    static async Task<Case> ReportedAsync(Exchange exchange)
    {
        var it = await Case.AdmitAsync(exchange);
        await it.MonitorAsync("treatment-status", "attendance");
        (await it.Clinic.ReportAsync(it.Id, "attendance", "attended")).Is(201);
        (await it.Court.ReportsAsync(it.Id)).Is(200);
        (await it.Court.ReadAsync(it.Id)).Is(200);
        (await it.Court.ReadAsync(it.Id)).Is(200);
        (await it.Clinic.GetAsync($"/fhir/Patient/{it.Person}")).Is(200);
        return it;
    }

    static async Task<byte[]> BytesAsync(Party party, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = new("Bearer", await party.TokenAsync());
        using var response = await party.Exchange.Http.SendAsync(request);
        return await response.Content.ReadAsByteArrayAsync();
    }

    /// <summary>RFC 4180, read as it is written there.</summary>
    static List<List<string>> Csv(string text)
    {
        var (rows, row, field, quoted) = (new List<List<string>>(), new List<string>(), new StringBuilder(), false);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (quoted && c == '"' && i + 1 < text.Length && text[i + 1] == '"')
                field.Append(text[++i]);
            else if (c == '"')
                quoted = !quoted;
            else if (!quoted && c is ',' or '\r')
            {
                row.Add(field.ToString());
                field.Clear();
                if (c == '\r')
                {
                    Assert.Equal('\n', text[++i]);
                    rows.Add(row);
                    row = [];
                }
            }
            else
                field.Append(c);
        }
        Assert.True(!quoted && row.Count == 0 && field.Length == 0);
        return rows;
    }

    [GeneratedRegex("[0-9a-f-]{36}")]
    private static partial Regex UuidOf();

    [GeneratedRegex("<(meta|br)([^>]*)>")]
    private static partial Regex Void();
}

public sealed class AccountingOnSqlite(SqliteExchange shared) : AccountingTests(shared);

public sealed class AccountingOnPostgreSql(PostgreSqlExchange shared) : AccountingTests(shared);

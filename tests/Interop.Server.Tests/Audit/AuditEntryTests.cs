using System.Text.Json.Nodes;
using Interop.Audit;
using Interop.AuditLog;
using Interop.Server.Tests.World;
using Microsoft.EntityFrameworkCore;

namespace Interop.Server.Tests.Audit;

/// <summary>The log as oversight reads it.</summary>
public abstract class AuditEntryTests(SharedExchange shared) : ExchangeTests(shared)
{
    static readonly string[] s_others =
        ["juzgado-central", "fiscalia-central", "libertad-vigilada", "centro-esperanza", "clinica-del-valle", "servicios-sociales", "observatorio", "admin", "hospital-ajeno"];

    [Fact]
    public async Task An_entry_is_canonical_and_says_what_its_columns_say()
    {
        var exchange = await StartAsync(new());
        await PlayAsync(exchange);
        var oversight = new Party(exchange, "contraloria");
        var entries = (await oversight.GetAsync("/v1/audit/entries?limit=500")).Is(200).Items;
        Assert.True(entries.Count > 20);
        foreach (var entry in entries)
        {
            var canonical = entry["canonical"]!.ToString();
            Assert.Equal(canonical, CanonicalJson.Canonicalize(System.Text.Encoding.UTF8.GetBytes(canonical)));
            Assert.Equal(32, Convert.FromBase64String(entry["salt"]!.ToString()).Length);
            var facts = JsonNode.Parse(canonical)!.AsObject();
            foreach (var name in new[] { "id", "organisation", "client", "actor", "action", "operation", "outcome", "person", "resourceType", "resourceId", "ground", "discloser" })
                Assert.Equal(entry[name]?.ToString(), facts[name]?.ToString());
            Assert.Equal(DateTimeOffset.Parse(entry["at"]!.ToString(), null), DateTimeOffset.Parse(facts["at"]!.ToString(), null));
            Assert.Empty(facts.Select(f => f.Key).Except(
                ["v", "id", "at", "organisation", "client", "actor", "token", "address", "action", "operation", "outcome", "person", "resourceType", "resourceId", "ground", "discloser", "consents", "details"]));
        }
        Assert.Equal(entries.Count, entries.Select(e => e["salt"]!.ToString()).Distinct().Count());
        Assert.Contains(entries, e => e["operation"]!.ToString() == "referral.accept");
        // What of a person is in the log is their id: no name, no number, no date of birth.
        foreach (var secret in new[] { "Pérez", "1990-02-03", "urn:gt:dpi", "Evaluar", "posesión" })
            Assert.DoesNotContain(entries, e => e["canonical"]!.ToString().Contains(secret, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task What_was_denied_says_under_which_pack()
    {
        var it = await Case.OpenAsync(Exchange);
        var (asked, stranger) = (new Clinic(Exchange), new Clinic(Exchange, "clinica-del-valle"));
        (await asked.ReadAsync(it.Id)).Is(404); // nobody consented yet
        await it.ConsentAsync();
        (await asked.ReadAsync(it.Id)).Is(200);
        (await stranger.GetAsync($"/fhir/Task/{it.Id}")).Is(404);
        (await stranger.GetAsync($"/v1/referrals/{it.Id}/compliance-updates")).Is(404);

        var packs = (await Exchange.EntriesAsync(entries => entries.Where(e => e.Person == it.Person && e.Outcome == Outcomes.Denied))).Select(e => JsonNode.Parse(e.Canonical)!["details"]!["pack"]!.ToString());
        Assert.Equal(["default/1", "default/1", "default/1"], packs);
    }

    [Fact]
    public async Task Every_filter_alone_and_combined_finds_what_it_names_newest_first()
    {
        var exchange = await StartAsync(new());
        var it = await PlayAsync(exchange);
        await PlayAsync(exchange);
        var oversight = new Party(exchange, "contraloria");
        var middle = (await LogAsync(exchange)).OrderBy(e => e.Entry.At).ElementAt(20).Entry.At;
        var at = Uri.EscapeDataString(A.Time(middle));
        foreach (var (query, holds) in new (string, Func<AuditEntry, bool>)[]
        {
            ("", _ => true),
            ($"person={it.Person}", e => e.Person == it.Person),
            ("organisation=centro-esperanza", e => e.Organisation == "centro-esperanza"),
            ("action=read", e => e.Action == "read"),
            ("action=update", e => e.Action == "update"),
            ("operation=referral.accept", e => e.Operation == "referral.accept"),
            ("outcome=permitted", e => e.Outcome == "permitted"),
            ("outcome=denied", e => e.Outcome == "denied"),
            ("outcome=refused", e => e.Outcome == "refused"),
            ("outcome=failed", e => e.Outcome == "failed"),
            ($"resource={it.Id}", e => e.ResourceId == it.Id.ToString()),
            ($"from={at}", e => e.At >= middle),
            ($"to={at}", e => e.At < middle),
            ($"from={middle:yyyy-MM-dd}&to={middle:yyyy-MM-dd}", e => e.At.UtcDateTime.Date == middle.UtcDateTime.Date),
            ("to=2020-01-01", _ => false),
            ($"person={it.Person}&organisation=hospital-ajeno&outcome=denied", e => e.Person == it.Person && e.Organisation == "hospital-ajeno" && e.Outcome == "denied"),
            ($"person={it.Person}&action=read&organisation=centro-esperanza&outcome=permitted&operation=referral.read&resource={it.Id}&from=2020-01-01&to={DateTime.MaxValue.Year - 7900}-01-01",
                e => e.Person == it.Person && e.Action == "read" && e.Organisation == "centro-esperanza" && e.Outcome == "permitted" && e.Operation == "referral.read" && e.ResourceId == it.Id.ToString()),
            ($"person={Guid.CreateVersion7(exchange.Now)}", _ => false),
            ("organisation=nobody", _ => false),
        })
        {
            var expected = (await LogAsync(exchange)).Where(e => holds(e.Entry)).OrderByDescending(e => e.Index).Select(e => $"{e.Index} {e.Entry.Id}").ToList();
            var found = (await oversight.GetAsync($"/v1/audit/entries?limit=500&{query}")).Is(200);
            Assert.Equal(expected, found.Items.Select(e => $"{e["index"]} {e["id"]}"));
            Assert.Null(found["next"]);
        }
    }

    [Fact]
    public async Task A_cursor_stays_right_while_entries_arrive()
    {
        var exchange = await StartAsync(new());
        var it = await PlayAsync(exchange);
        var oversight = new Party(exchange, "contraloria");
        var expected = (await LogAsync(exchange)).OrderByDescending(e => e.Index).Select(e => e.Index).ToList();
        var seen = new List<long>();
        string? cursor = null;
        do
        {
            var page = (await oversight.GetAsync($"/v1/audit/entries?limit=4{(cursor is null ? "" : $"&cursor={cursor}")}")).Is(200);
            Assert.True(page.Items.Count is 4 || page["next"] is null);
            seen.AddRange(page.Items.Select(e => e["index"]!.GetValue<long>()));
            cursor = page["next"];
            (await it.Court.ReadAsync(it.Id)).Is(200); // a newer entry, and the page itself was another
        } while (cursor is not null);
        Assert.Equal(expected, seen);
    }

    [Theory]
    [InlineData("person=x", "person type.uuid")]
    [InlineData("person=", "person text.empty")]
    [InlineData("action=look", "action code.unknown")]
    [InlineData("outcome=good", "outcome code.unknown")]
    [InlineData("from=yesterday", "from type.instant")]
    [InlineData("to=2027-02-30", "to type.instant")]
    [InlineData("from=0001-01-01", "from type.instant")]
    [InlineData("limit=0", "limit number.range")]
    [InlineData("limit=501", "limit number.range")]
    [InlineData("limit=-1", "limit number.range")]
    [InlineData("limit=1e2", "limit number.range")]
    [InlineData("cursor=x", "cursor cursor.bad")]
    [InlineData("cursor=LTE", "cursor cursor.bad")]
    [InlineData("cursor=OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "cursor cursor.bad")]
    [InlineData("organization=x", "organization query.unknown")]
    [InlineData("organisation=a&organisation=b", "organisation query.repeated")]
    [InlineData("organisation=%00", "organisation text.control")]
    public async Task A_bad_filter_is_named(string query, string fault) =>
        (await new Party(Exchange, "contraloria").GetAsync($"/v1/audit/entries?{query}")).Refuses(400, fault);

    [Fact]
    public async Task All_bad_filters_are_named_at_once() =>
        (await new Party(Exchange, "contraloria").GetAsync("/v1/audit/entries?person=x&action=y&limit=z&when=now"))
            .Refuses(400, "person type.uuid", "action code.unknown", "limit number.range", "when query.unknown");

    [Fact]
    public async Task Only_oversight_reads_the_log()
    {
        foreach (var organisation in s_others)
        foreach (var path in new[] { "/v1/audit/entries", "/v1/audit/entries?person=x", "/v1/audit/entries/0", "/v1/audit/entries/999999999" })
            (await new Party(Exchange, organisation).GetAsync(path)).Refuses(403, " scope.missing");
        foreach (var path in new[] { "/v1/audit/entries", "/v1/audit/entries/0" })
        {
            using var response = await Exchange.Http.GetAsync(path);
            Assert.Equal(401, (int)response.StatusCode);
        }
    }

    [Fact]
    public async Task Reading_the_log_is_an_entry_and_so_is_being_refused()
    {
        var oversight = new Party(Exchange, "contraloria");
        (await oversight.GetAsync("/v1/audit/entries?limit=1&outcome=denied")).Is(200);
        (await oversight.GetAsync("/v1/audit/entries/0")).Is(200);
        (await oversight.GetAsync("/v1/audit/entries?limit=0")).Is(400);
        (await oversight.GetAsync("/v1/audit/entries/999999999999")).Is(404);
        var court = new Court(Exchange);
        (await court.GetAsync("/v1/audit/entries")).Is(403);

        Assert.Equal(
            ["audit.list permitted query", "audit.read permitted read", "audit.list refused query", "audit.read denied read"],
            (await oversight.AuditedAsync()).Select(e => $"{e.Operation} {e.Outcome} {e.Action}"));
        Assert.Equal(["audit.list refused"], (await court.AuditedAsync()).Select(e => $"{e.Operation} {e.Outcome}"));
        Assert.Contains("limit", (await oversight.AuditedAsync())[0].Canonical, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_entry_is_read_by_its_number()
    {
        var oversight = new Party(Exchange, "contraloria");
        var listed = (await oversight.GetAsync("/v1/audit/entries?limit=3")).Is(200).Items;
        foreach (var entry in listed)
        {
            var one = (await oversight.GetAsync($"/v1/audit/entries/{entry["index"]}")).Is(200);
            Assert.Equal(entry.ToJsonString(), one.Json!.ToJsonString());
        }
        foreach (var none in new[] { "999999999", "-1", "x", "1e3", "99999999999999999999", "0.0", "%20" })
            (await oversight.GetAsync($"/v1/audit/entries/{none}")).Is(404);
    }

    /// <summary>One referral from beginning to end, with a stranger who is denied and a request that is refused.</summary>
    static async Task<Case> PlayAsync(Exchange exchange)
    {
        var it = await Case.AdmitAsync(exchange);
        await it.MonitorAsync("treatment-status", "attendance");
        (await it.Clinic.ReportAsync(it.Id, "attendance", "attended")).Is(201);
        (await it.Clinic.ReadAsync(it.Id)).Is(200);
        (await it.Clinic.GetAsync($"/fhir/Task/{it.Id}")).Is(200);
        (await it.Court.ReportsAsync(it.Id)).Is(200);
        (await it.Court.GetAsync("/v1/referrals")).Is(200);
        (await new Clinic(exchange, "hospital-ajeno").ReadAsync(it.Id)).Is(404);
        (await it.Clinic.ReportAsync(it.Id, "mood", "good")).Is(422);
        (await it.Court.PostAsync("/v1/referrals", A.Referral().With("person.sex", "x"))).Is(422);
        (await it.RevokeAsync(it.Monitoring)).Is(200);
        return it;
    }

    static async Task<List<Numbered>> LogAsync(Exchange exchange)
    {
        await exchange.RunAsync<Sequencer>();
        return await exchange.LookAsync(db => db.AuditEntries.AsNoTracking().Join(db.AuditSequence, e => e.Id, s => s.EntryId, (e, s) => new Numbered { Index = s.Index, Entry = e }).ToListAsync());
    }
}

public sealed class AuditEntryOnSqlite(SqliteExchange shared) : AuditEntryTests(shared);

public sealed class AuditEntryOnPostgreSql(PostgreSqlExchange shared) : AuditEntryTests(shared);

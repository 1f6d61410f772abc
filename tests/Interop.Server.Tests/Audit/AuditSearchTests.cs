using System.Text.Json.Nodes;
using Interop.Audit;
using Interop.Server.Tests.World;
using Microsoft.EntityFrameworkCore;

namespace Interop.Server.Tests.Audit;

/// <summary>Looking into a long log: who relied on a consent, how many there are, and what is rare.</summary>
public abstract class AuditSearchTests(SharedExchange shared) : ExchangeTests(shared)
{
    Party Oversight => field ??= new(Exchange, "contraloria");

    [Fact]
    public async Task All_that_was_told_under_a_consent_is_found_by_it_and_nothing_else()
    {
        var it = await Case.AdmitAsync(Exchange);
        await it.MonitorAsync("treatment-status");
        (await it.Court.ReadAsync(it.Id)).Is(200);
        (await it.Clinic.GetAsync("/fhir/Task?_id=" + it.Id)).Is(200);
        foreach (var consent in new[] { it.ReferralConsent, it.Monitoring })
        {
            var expected = (await Exchange.EntriesAsync(all => all.Where(e => e.Person == it.Person)))
                .Where(e => JsonNode.Parse(e.Canonical)!["consents"]?.AsArray().Any(c => c!["id"]!.ToString() == consent.ToString()) is true).Select(e => e.Id).ToList();
            var found = (await Oversight.GetAsync($"/v1/audit/entries?consent={consent}&limit=500")).Is(200);
            Assert.True(expected.Count >= 1);
            Assert.Equal(expected.Order(), found.Items.Select(e => e.At("id")!.GetValue<Guid>()).Order());
            Assert.All(found.Items, e => Assert.Contains(e["consents"]!.AsArray(), c => c!["id"]!.ToString() == consent.ToString() && c["version"]!.GetValue<int>() == 1));
        }
        Assert.Empty((await Oversight.GetAsync($"/v1/audit/entries?consent={Guid.CreateVersion7(Exchange.Now)}")).Is(200).Items);
        // Together with others, and in pages.
        var some = (await Oversight.GetAsync($"/v1/audit/entries?consent={it.ReferralConsent}&organisation=centro-esperanza&operation=fhir.search")).Is(200);
        Assert.Single(some.Items);
        var (pages, cursor) = (new List<string>(), "");
        do
        {
            var page = (await Oversight.GetAsync($"/v1/audit/entries?consent={it.ReferralConsent}&limit=1{cursor}")).Is(200);
            pages.AddRange(page.Items.Select(e => e["id"]!.ToString()));
            cursor = page["next"] is { } next ? $"&cursor={next}" : null;
        }
        while (cursor is not null);
        Assert.Equal((await Oversight.GetAsync($"/v1/audit/entries?consent={it.ReferralConsent}&limit=500")).Items.Select(e => e["id"]!.ToString()), pages);
    }

    [Fact]
    public async Task The_client_and_the_human_behind_it_lead_to_what_they_did()
    {
        var it = await Case.SendAsync(Exchange);
        (await it.Clinic.ReadAsync(it.Id)).Is(200);
        var own = (await Oversight.GetAsync($"/v1/audit/entries?actor={Uri.EscapeDataString(it.Clinic.Actor)}")).Is(200).Items;
        Assert.Equal(["referral.read"], own.Select(e => e["operation"]!.ToString()));
        Assert.Equal(own[0].ToJsonString(), Assert.Single((await Oversight.GetAsync($"/v1/audit/entries?client=centro-esperanza&person={it.Person}&action=read")).Is(200).Items).ToJsonString());
        Assert.Empty((await Oversight.GetAsync($"/v1/audit/entries?client=nobody&person={it.Person}")).Is(200).Items);
    }

    [Fact]
    public async Task Where_filters_leave_little_the_page_ends_early_and_the_next_goes_on()
    {
        var exchange = await StartAsync(new());
        var oversight = new Party(exchange, "contraloria");
        var start = exchange.Now.AddDays(-3);
        // Ten thousand and some between the second and the third rare one: more than a page looks at.
        await exchange.WriteAsync([.. Enumerable.Range(0, LogSearch.Examined + 400).Select(i =>
            LogWriter.Entry(start.AddSeconds(i), "libertad-vigilada", operation: i is 5 or 300 or LogSearch.Examined + 350 ? "rare" : "common"))]);
        var (found, pages, cursor) = (new List<string>(), new List<int>(), "");
        do
        {
            var page = (await oversight.GetAsync($"/v1/audit/entries?organisation=libertad-vigilada&operation=rare&limit=10{cursor}")).Is(200);
            found.AddRange(page.Items.Select(e => e["at"]!.ToString()));
            pages.Add(page.Items.Count);
            cursor = page["next"] is { } next ? $"&cursor={next}" : null;
            await exchange.WriteAsync(LogWriter.Entry(exchange.Now, "libertad-vigilada", operation: "rare")); // not in pages begun before
        }
        while (cursor is not null);
        Assert.Equal(new[] { LogSearch.Examined + 350, 300, 5 }.Select(i => start.AddSeconds(i).ToUniversalTime().ToString("s")), found.Select(f => DateTimeOffset.Parse(f, null).ToUniversalTime().ToString("s")));
        Assert.True(pages.Count is 2 && pages[0] >= 1, string.Join(' ', pages));

        // Totals: said where they are cheap, at least so many where they are not.
        await AssertTotalAsync("", await exchange.LookAsync(db => db.AuditEntries.CountAsync()), null);
        await AssertTotalAsync("&organisation=libertad-vigilada", null, LogSearch.Examined);
        await AssertTotalAsync("&organisation=libertad-vigilada&operation=common", null, LogSearch.Examined - 4);
        await AssertTotalAsync($"&organisation=libertad-vigilada&operation=rare&to={Uri.EscapeDataString(A.Time(start.AddSeconds(1000)))}", 2, null);
        Assert.Equal((null, null), ((await oversight.GetAsync("/v1/audit/entries?limit=1"))["total"], (await oversight.GetAsync("/v1/audit/entries?limit=1&total=false"))["totalAtLeast"]));

        async Task AssertTotalAsync(string query, int? total, int? atLeast)
        {
            var page = (await oversight.GetAsync($"/v1/audit/entries?limit=1&total=true{query}")).Is(200);
            // Each look adds an entry of its own, and the two at the end of the pages above were of the same organisation.
            Assert.True(total is null == page["total"] is null && atLeast is null == page["totalAtLeast"] is null, $"{query}: {page["total"]} {page["totalAtLeast"]}");
            Assert.InRange(int.Parse(page["total"] ?? page["totalAtLeast"]!, null), (total ?? atLeast)!.Value - 1, (total ?? atLeast)!.Value + 4);
        }
    }

    [Theory]
    [InlineData("total=yes", "total type.boolean")]
    [InlineData("query=x", "query type.uuid")]
    [InlineData("consent=x", "consent type.uuid")]
    [InlineData("query=01980a67-5d20-7e11-9c03-7b6a5f4e3d28", "query audit.query-unknown")]
    [InlineData("cursor=OTk5OTk5OTk5OTk", "cursor cursor.bad")] // a number that no entry has
    [InlineData("actor=%00", "actor text.control")]
    public async Task A_bad_filter_is_named(string query, string fault) => (await Oversight.GetAsync($"/v1/audit/entries?{query}")).Refuses(400, fault);

    [Fact]
    public async Task What_was_asked_is_in_the_log_as_it_was_asked()
    {
        (await Oversight.GetAsync("/v1/audit/entries?outcome=denied&limit=1&total=true")).Is(200);
        var details = JsonNode.Parse(Assert.Single(await Oversight.AuditedAsync()).Canonical)!["details"]!;
        Assert.Equal("entries?limit=1&outcome=denied&total=true", System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(details["query"]!.ToString())));
    }
}

public sealed class AuditSearchOnSqlite(SqliteExchange shared) : AuditSearchTests(shared);

public sealed class AuditSearchOnPostgreSql(PostgreSqlExchange shared) : AuditSearchTests(shared);

using System.Text.Json.Nodes;
using Interop.AuditLog;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Audit;

/// <summary>Entries taken away as a file that proves itself.</summary>
public abstract class ExportTests(SharedExchange shared) : ExchangeTests(shared)
{
    [Fact]
    public async Task It_has_every_entry_that_the_checkpoint_covers_and_verifies_offline()
    {
        var exchange = await StartAsync(new());
        var it = await Case.AdmitAsync(exchange);
        (await it.Clinic.ReadAsync(it.Id)).Is(200);
        await exchange.FillAsync(1200); // three pages
        await exchange.BuildAsync();
        var text = await exchange.ExportAsync();
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!).ToList();
        var size = await exchange.SignedAsync();
        Assert.Equal(size, (long)lines[^1]["count"]!);
        Assert.Equal(size, lines.Count - 2);
        Assert.Equal(lines[0]["checkpoint"]!.ToString(), lines[^1]["checkpoint"]!.ToString());
        var trust = new LogTrust(ExportFile.KeysOf(text.Split('\n')[0]));
        var report = await new ExportFile(trust).VerifyAsync(new StringReader(text), CancellationToken.None);
        Assert.Empty(report.Findings);
        Assert.Equal(size, report.Entries);
    }

    [Fact]
    public async Task Filters_are_those_of_the_list()
    {
        var exchange = await StartAsync(new());
        var it = await Case.AdmitAsync(exchange);
        await exchange.FillAsync(30);
        await exchange.BuildAsync();
        var oversight = new Party(exchange, "contraloria");
        foreach (var query in new[] { $"person={it.Person}", "organisation=centro-esperanza", "operation=referral.accept", "outcome=permitted&action=update", "to=2020-01-01" })
        {
            var listed = (await oversight.GetAsync($"/v1/audit/entries?limit=500&{query}")).Is(200).Items.Select(e => (long)e["index"]!);
            var lines = (await exchange.ExportAsync($"?{query}")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!).ToList();
            var size = await exchange.SignedAsync();
            Assert.Equal(listed.Where(i => i < size).Order(), lines[1..^1].Select(l => (long)l["index"]!));
            Assert.Equal(query.Split('&').Select(q => q.Split('=')[0]).Order(StringComparer.Ordinal), lines[0]["filters"]!.AsObject().Select(f => f.Key));
            Assert.Empty((await exchange.VerifyExportAsync(new(ExportFile.KeysOf(lines[0].ToJsonString())), $"?{query}")).Findings);
        }
        (await oversight.GetAsync("/v1/audit/export?person=x&limit=3")).Refuses(400, "limit query.unknown", "person type.uuid");
    }

    [Fact]
    public async Task Every_page_is_an_entry_of_the_log_itself()
    {
        var exchange = await StartAsync(new());
        await exchange.FillAsync(1200);
        await exchange.BuildAsync();
        var size = await exchange.SignedAsync();
        var oversight = new Party(exchange, "contraloria");
        (await oversight.GetAsync("/v1/audit/export")).Is(200);
        var entries = (await oversight.AuditedAsync()).Where(e => e.Operation == "audit.export").Select(e => JsonNode.Parse(e.Canonical)!["details"]!).ToList();
        Assert.Equal([0, 500, 1000], entries.Select(d => (long)d["first"]!));
        Assert.Equal([499, 999, size - 1], entries.Select(d => (long)d["last"]!));
        Assert.Equal(size, entries.Sum(d => (long)d["count"]!));
    }

    [Fact]
    public async Task Before_the_first_checkpoint_there_is_nothing_to_prove_with()
    {
        var exchange = await StartAsync(new());
        (await new Party(exchange, "contraloria").GetAsync("/v1/audit/export")).Refuses(409, " log.not-signed-yet");
    }

    [Fact]
    public async Task A_caller_that_breaks_off_disturbs_nobody()
    {
        var exchange = await StartAsync(new());
        await exchange.FillAsync(3000);
        await exchange.BuildAsync();
        var oversight = new Party(exchange, "contraloria");
        using (var request = new HttpRequestMessage(HttpMethod.Get, "/v1/audit/export"))
        {
            request.Headers.Authorization = new("Bearer", await oversight.TokenAsync());
            using var response = await exchange.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            await using var body = await response.Content.ReadAsStreamAsync();
            await body.ReadExactlyAsync(new byte[100]);
        }
        var trust = new LogTrust(ExportFile.KeysOf((await exchange.ExportAsync("?to=2020-01-01")).Split('\n')[0]));
        Assert.Empty((await exchange.VerifyExportAsync(trust)).Findings);
    }
}

public sealed class ExportOnSqlite(SqliteExchange shared) : ExportTests(shared);

public sealed class ExportOnPostgreSql(PostgreSqlExchange shared) : ExportTests(shared);

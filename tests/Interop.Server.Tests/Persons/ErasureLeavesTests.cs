using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Interop.Server.Tests.Audit;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Persons;

/// <summary>What somebody is left with who takes copies of everything after a person was erased.</summary>
public abstract class ErasureLeavesTests(SharedExchange shared) : ExchangeTests(shared)
{
    [Fact]
    public async Task No_copy_that_is_made_afterwards_has_anything_of_them()
    {
        var exchange = await StartAsync(new());
        var it = await ErasureTests.PlayAsync(exchange);
        (await it.Clinic.GetAsync("/fhir/Patient?identifier=urn:gt:dpi|DPI-778899")).Is(200);
        (await new Clinic(exchange, "clinica-del-valle").GetAsync("/fhir/Patient?identifier=DPI-778899")).Is(200); // finds nobody
        await using var installation = Installation.Of(exchange);
        Assert.Contains("Zurbarán", await CopyAsync(exchange, installation), StringComparison.Ordinal); // it would be found

        (await ErasureTests.EraseAsync(it)).Is(204);
        await exchange.BuildAsync();

        var copy = await CopyAsync(exchange, installation);
        var export = await exchange.ExportAsync();
        var mirror = Path.Combine(installation.Folder, "mirror");
        Assert.Equal(0, (await installation.RunAsync("audit", "mirror", exchange.Log(), mirror)).Exit);
        foreach (var word in ErasureTests.Words)
        {
            Assert.DoesNotContain(word, copy, StringComparison.Ordinal);
            Assert.DoesNotContain(word, export, StringComparison.Ordinal);
            Assert.Empty(await Contents.FilesWithAsync(mirror, word));
        }
        // Nor in what the log's searches were, which are written in base64.
        var asked = export.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonNode.Parse(l)!["canonical"]?.ToString()).OfType<string>()
            .Select(c => JsonNode.Parse(c)!["details"]?["query"]?.ToString()).OfType<string>().Select(q => Encoding.UTF8.GetString(Convert.FromBase64String(q))).ToList();
        Assert.Contains("Patient?identifier=urn%3Agt%3Adpi%7C%2A", asked);
        Assert.DoesNotContain(asked, q => q.Contains("778899", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Whoever_registers_a_request_while_the_person_is_erased_finds_them_or_nobody()
    {
        var exchange = await StartAsync(new());
        for (var round = 0; round < 8; round++)
        {
            var it = await Case.AdmitAsync(exchange);
            var erased = ErasureTests.EraseAsync(it);
            var asked = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ =>
                it.Clinic.PostAsync($"/v1/persons/{it.Person}/disclosure-requests", new JsonObject { ["receivedAt"] = A.Time(exchange.Now), ["language"] = "es" })));
            (await erased).Is(204);
            Assert.All(asked, a => Assert.True(a.Status is 201 or 404, $"{a.Status} {a.Text}"));
        }
    }

    /// <summary>A copy of the whole database, as its operator makes one.</summary>
    protected abstract Task<string> CopyAsync(Exchange exchange, Installation installation);
}

public sealed class ErasureLeavesOnSqlite(SqliteExchange shared) : ErasureLeavesTests(shared)
{
    protected override async Task<string> CopyAsync(Exchange exchange, Installation installation)
    {
        var folder = Path.Combine(installation.Folder, $"backup-{Guid.CreateVersion7(exchange.Now)}");
        var (exit, said) = await installation.RunAsync("backup", folder);
        Assert.True(exit == 0, said);
        // And the file itself, with its log of writes beside it.
        return string.Concat(await Task.WhenAll(System.IO.Directory.GetFiles(folder).Concat(System.IO.Directory.GetFiles(exchange.Data, "interop.db*")).Where(f => !f.EndsWith(".lock", StringComparison.Ordinal)).Select(TextAsync)));
    }

    static async Task<string> TextAsync(string file)
    {
        await using var open = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(open, Encoding.UTF8);
        return await reader.ReadToEndAsync();
    }
}

public sealed class ErasureLeavesOnPostgreSql(PostgreSqlExchange shared) : ErasureLeavesTests(shared)
{
    protected override async Task<string> CopyAsync(Exchange exchange, Installation installation)
    {
        Assert.SkipWhen(!Psql.IsThere, "No pg_dump on the PATH: install postgresql-client.");
        var start = new ProcessStartInfo("pg_dump", ["--format=plain", "--inserts"]) { RedirectStandardOutput = true, StandardOutputEncoding = Encoding.UTF8 };
        foreach (var (name, value) in Psql.SettingsOf(exchange.Storage.ConnectionString))
            start.Environment[name] = value;
        using var dump = Process.Start(start)!;
        var text = await dump.StandardOutput.ReadToEndAsync();
        await dump.WaitForExitAsync();
        Assert.Equal(0, dump.ExitCode);
        return text;
    }
}

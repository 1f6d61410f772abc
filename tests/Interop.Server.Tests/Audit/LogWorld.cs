using System.Text;
using Interop.Audit;
using Interop.Audit.Log;
using Interop.AuditLog;
using Interop.Platform;
using Interop.Server.AuditTools;
using Interop.Server.Tests.World;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Interop.Server.Tests.Audit;

/// <summary>The log of an exchange as its operator fills it and an auditor reads it.</summary>
static class LogWorld
{
    /// <summary>So many entries, by the way that every entry goes, numbered.</summary>
    public static async Task FillAsync(this Exchange exchange, int count)
    {
        await using var scope = exchange.Services.CreateAsyncScope();
        var (work, trail) = (scope.ServiceProvider.GetRequiredService<Work>(), scope.ServiceProvider.GetRequiredService<Trail>());
        await work.RunAsync<string>(() =>
        {
            for (var i = 0; i < count; i++)
                trail.Write("juzgado-central", "juzgado-central", null, new(Actions.Read, "referral.read") { ResourceType = "Referral", ResourceId = $"{i}" });
            return Task.FromResult<Answer<string>>("");
        }, CancellationToken.None);
        await exchange.RunAsync<Sequencer>();
    }

    /// <summary>Takes in and signs all that is there.</summary>
    public static async Task BuildAsync(this Exchange exchange)
    {
        await exchange.RunAsync<Sequencer>();
        while (await exchange.RunAsync<LogBuilder>() > 0)
        {
        }
    }

    public static string Log(this Exchange exchange) => $"{exchange.Http.BaseAddress!.AbsoluteUri}audit/log";

    public static async Task<SignedNote> CheckpointAsync(this Exchange exchange) => SignedNote.Parse(await exchange.Http.GetByteArrayAsync("/audit/log/checkpoint"));

    public static async Task<long> SignedAsync(this Exchange exchange) => Checkpoint.Parse((await exchange.CheckpointAsync()).Text).Size;

    public static async Task<LogReport> VerifyAsync(this Exchange exchange, LogMemory? earlier = null, LogTrust? trust = null)
    {
        using var place = new LogPlace(exchange.Log());
        return await new LogVerifier(place.ReadAsync, trust ?? new(await place.KeysAsync(CancellationToken.None)), earlier).RunAsync(CancellationToken.None);
    }

    public static async Task<string> ExportAsync(this Exchange exchange, string query = "") =>
        (await new Party(exchange, "contraloria").GetAsync($"/v1/audit/export{query}")).Is(200).Text;

    /// <summary>The export as an auditor checks it who holds the log's key.</summary>
    public static async Task<LogReport> VerifyExportAsync(this Exchange exchange, LogTrust trust, string query = "") =>
        await new ExportFile(trust).VerifyAsync(new StringReader(await exchange.ExportAsync(query)), CancellationToken.None);

    public static IEnumerable<string> Named(this LogReport report) => report.Findings.Select(f => $"{f.Code} {f.Entry}");

    /// <summary>Behind the server's back, by who owns the database: without the triggers.</summary>
    public static Task TamperAsync(this Exchange exchange, Func<Db, Task> change) => exchange.LookAsync(async db =>
    {
        string[] tables = ["audit_entries", "audit_sequence", "audit_log_entries", "audit_log_hashes", "audit_checkpoints", "audit_cosignatures", "audit_log_keys"];
#pragma warning disable EF1002 // names from the schema
        if (db.Database.IsSqlite())
            foreach (var trigger in await db.Database.SqlQuery<string>($"select name as \"Value\" from sqlite_master where type = 'trigger'").ToListAsync())
                await db.Database.ExecuteSqlRawAsync($"drop trigger {trigger}");
        else
            foreach (var table in tables)
                await db.Database.ExecuteSqlRawAsync($"alter table {table} disable trigger user");
#pragma warning restore EF1002
        await change(db);
        return true;
    });

    public static async Task<string?> WrongAsync(this Exchange exchange)
    {
        using var ready = await exchange.Http.GetAsync("/health/ready");
        return (await Reply.OfAsync(ready)).Is(200)["auditLog"];
    }

    public static string LastCheckpointFile(this Exchange exchange) => Path.Combine(exchange.Keys, "audit-checkpoint.txt");

    /// <summary>A private key in PEM, to be put into a key folder.</summary>
    public static string NewPem() => Encoding.ASCII.GetString(NoteSigner.NewPem());
}

using System.Text.Json.Nodes;
using Interop.Audit;
using Interop.Server.Tests.World;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Interop.Server.Tests.Server;

/// <summary>The embedded database is copied while it is served, and the copy serves.</summary>
public sealed class BackupTests
{
    [Fact]
    public async Task A_backup_taken_while_it_is_served_answers_as_the_original_did_then()
    {
        await using var exchange = await Exchange.StartAsync(new SqliteStorage());
        await using var installation = Installation.Of(exchange);
        var it = await Case.AdmitAsync(exchange);
        var secret = (await it.Court.PostAsync("/v1/subscriptions", new JsonObject { ["channel"] = "webhook", ["url"] = "http://127.0.0.1:9/", ["events"] = new JsonArray("*"), ["payload"] = "id-only" })).Is(201);
        var log = await LogAsync(exchange);
        var backup = Path.Combine(installation.Folder, "backup");

        var (exit, said) = await installation.RunAsync("backup", backup);
        Assert.True(exit == 0, said);
        Assert.Contains(exchange.Keys, said, StringComparison.Ordinal);
        Assert.Equal(["interop.db"], System.IO.Directory.GetFiles(backup).Select(Path.GetFileName));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(backup, "interop.db")));
        (await it.Court.CancelAsync(it.Id)).Is(200); // what comes later is not in it

        await exchange.StopAsync();
        SqliteConnection.ClearAllPools();
        File.Delete(Path.Combine(exchange.Data, "interop.db"));
        File.Copy(Path.Combine(backup, "interop.db"), Path.Combine(exchange.Data, "interop.db"));
        await exchange.StartAgainAsync();
        Assert.Equal("accepted", (await new Court(exchange).ReadAsync(it.Id)).Is(200)["status"]);
        Assert.Equal(log, (await LogAsync(exchange)).Take(log.Count));
        (await new Court(exchange).GetAsync($"/v1/subscriptions/{secret.Id}")).Is(200);
        Assert.True((await new Court(exchange).PostAsync($"/v1/subscriptions/{secret.Id}/test")).Status < 300);
    }

    [Fact]
    public async Task What_cannot_be_backed_up_so_is_refused_with_the_reason()
    {
        await using var installation = await Installation.NewAsync(new SqliteStorage());
        await IsRefusedAsync("There is no", 1, "backup", "away");
        await IsRefusedAsync("backup <folder>", 2, "backup");
        await IsRefusedAsync("pg_dump", 1, "backup", "away", "--ConnectionStrings:Interop=Host=db");
        Assert.False(System.IO.Directory.Exists(installation.Data));
        Assert.Equal(0, (await installation.RunAsync("organisation", "add", "operador", "Operador", "operator")).Exit);
        Assert.Equal(0, (await installation.RunAsync("backup", "away")).Exit);
        await IsRefusedAsync("is there already", 1, "backup", "away");

        async Task IsRefusedAsync(string reason, int code, params string[] command)
        {
            var (exit, said) = await installation.RunAsync(command);
            Assert.Equal(code, exit);
            Assert.Contains(reason, said, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", said, StringComparison.Ordinal);
        }
    }

    static Task<List<string>> LogAsync(Exchange exchange) =>
        exchange.LookAsync(db => db.AuditEntries.AsNoTracking().OrderBy(e => e.At).ThenBy(e => e.Id).Select(e => e.Canonical).ToListAsync());
}

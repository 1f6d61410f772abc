using System.Text.Json.Nodes;
using Interop.Audit;
using Interop.Delivery;
using Interop.Platform;
using Interop.Server.Tests.Delivery;
using Interop.Server.Tests.World;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Interop.Server.Tests.Server;

/// <summary>An exchange that has outgrown the embedded database.</summary>
public sealed class MoveTests : IAsyncLifetime
{
    readonly PostgreSqlStorage _target = new();
    Exchange _exchange = null!;
    Installation _installation = null!;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(_target.Missing is not null, _target.Missing ?? "");
        await _target.CreateAsync();
        _exchange = await Exchange.StartAsync(new SqliteStorage(), new() { Settings = ["Identity:Issuer=https://exchange.example"] });
        _installation = Installation.Of(_exchange);
        _installation.Environment["ConnectionStrings__InteropOwner"] = _target.ConnectionString;
    }

    public async ValueTask DisposeAsync()
    {
        if (_exchange is null)
            return;
        await _installation.DisposeAsync();
        await _exchange.DisposeAsync();
        await _target.DisposeAsync();
    }

    [Fact]
    public async Task Every_answer_is_after_the_move_as_it_was_before()
    {
        await using var partner = new Partner();
        await partner.StartAsync();
        var it = await LiveAsync(partner);
        var before = await AskAsync(it, _exchange);
        var log = await LogAsync();
        await _exchange.StopAsync();

        await IsDoneAsync("migrate");
        var said = await IsDoneAsync("move", "--from", _exchange.Data);
        Assert.Contains("counted and compared", said, StringComparison.Ordinal);

        var moved = await Exchange.StartAsync(_target, new() { Beside = _exchange, Settings = ["Identity:Issuer=https://exchange.example"] });
        await using (moved)
        {
            Assert.Equal(before, await AskAsync(it, moved));
            Assert.Equal(log, (await LogAsync(moved)).Take(log.Count));
            (await new Court(moved).CancelAsync(it.Id)).Is(200); // and it goes on
        }
        Assert.Equal(1, (await _installation.RunAsync("serve", "--urls=http://127.0.0.1:0", $"--ConnectionStrings:Interop={_target.ConnectionString}")).Exit); // the demonstration world still
        await _exchange.StartAgainAsync(); // the source was only read
        Assert.Equal(before, await AskAsync(it, _exchange));
    }

    [Fact]
    public async Task Everything_that_the_mapper_knows_is_moved_member_by_member()
    {
        var written = await _exchange.LookAsync(EveryEntity.WriteAsync);
        await _exchange.StopAsync();
        await IsDoneAsync("migrate");
        await IsDoneAsync("move", "--from", _exchange.Data);
        var moved = await Exchange.StartAsync(_target, new() { Beside = _exchange });
        await using (moved)
        {
            await using var scope = moved.Services.CreateAsyncScope();
            foreach (var entity in written)
                await EveryEntity.IsThereAsync(scope.ServiceProvider.GetRequiredService<Db>(), entity);
        }
        await _exchange.StartAgainAsync();
    }

    [Fact]
    public async Task What_is_not_ready_for_it_is_refused_and_nothing_is_moved()
    {
        await IsRefusedAsync("in use by another Interop process");
        await _exchange.StopAsync();
        await IsRefusedAsync("Run `migrate` on it first");
        await IsDoneAsync("migrate");
        await ExecuteAsync("insert into platform.facts (name, value) values ('a', 'b')");
        await IsRefusedAsync("The target is not empty: facts has rows");
        await ExecuteAsync("delete from platform.facts");
        var (exit, said) = await _installation.RunAsync("move", "--from", _installation.Folder);
        Assert.Equal(1, exit);
        Assert.Contains("There is no", said, StringComparison.Ordinal);
        Assert.Equal(2, (await _installation.RunAsync("move")).Exit);
        await InSourceAsync("update migrations set name = '9999_later.sql' where name like '0008%'");
        await IsRefusedAsync("The source is of another version");
        await InSourceAsync("update migrations set name = '0008_fhir.sql' where name like '9999%'");
        await IsDoneAsync("move", "--from", _exchange.Data);
        await _exchange.StartAgainAsync();
    }

    [Fact]
    public async Task What_is_killed_half_way_leaves_nothing_and_can_be_done_again()
    {
        await _exchange.StopAsync();
        await IsDoneAsync("migrate");
        await using (var source = NpgsqlDataSource.Create(_target.ConnectionString))
        {
            await using var holding = await source.OpenConnectionAsync();
            await using var transaction = await holding.BeginTransactionAsync();
            await using (var hold = new NpgsqlCommand("lock table delivery.delivery_attempts in share mode", holding, transaction))
                await hold.ExecuteNonQueryAsync(); // it can be looked at and not written
            await using var moving = _installation.Start("move", "--from", _exchange.Data);
            await moving.SaysAsync("audit_entries");
            await moving.SaysAsync("organisations");
            Assert.False(moving.HasEnded);
            await moving.KillAsync();
        }
        Assert.Equal(0L, await ExecuteAsync("select count(*) from directory.organisations"));
        await IsDoneAsync("move", "--from", _exchange.Data);
        Assert.Equal(10L, await ExecuteAsync("select count(*) from directory.organisations"));
        await _exchange.StartAgainAsync();
    }

    /// <summary>Something of everything that an answer can show.</summary>
    async Task<Case> LiveAsync(Partner partner)
    {
        var it = await Case.AdmitAsync(_exchange);
        await it.MonitorAsync("treatment-status", "attendance");
        var subscription = (await it.Court.PostAsync("/v1/subscriptions", new JsonObject { ["channel"] = "webhook", ["url"] = partner.Url + "/court", ["events"] = new JsonArray("*"), ["payload"] = "full" })).Is(201);
        (await it.Court.PostAsync($"/v1/subscriptions/{subscription.Id}/rotation")).Is(200);
        await it.ScheduleAsync();
        (await it.Clinic.OutcomeAsync(it.Id, it.Appointment, "attended")).Is(200);
        (await it.Clinic.ReportAsync(it.Id, "attendance", "attended")).Is(201);
        (await it.Clinic.ReportAsync(it.Id, "drug-test", "negative")).Is(201);
        await _exchange.RunAsync<Relay>();
        await _exchange.RunAsync<Dispatcher>();
        Assert.NotEmpty(partner.Received);
        return it;
    }

    static async Task<string> AskAsync(Case it, Exchange at)
    {
        string[] court = [$"/v1/referrals/{it.Id}", $"/v1/referrals/{it.Id}/history", "/v1/referrals", $"/v1/referrals/{it.Id}/compliance-updates", $"/v1/consents?person={it.Person}", $"/v1/consents/{it.Monitoring}", $"/v1/persons/{it.Person}", "/v1/subscriptions", "/v1/events", "/v1/directory/organisations", "/v1/directory/services"];
        string[] clinic = [$"/v1/referrals/{it.Id}", $"/v1/referrals/{it.Id}/compliance-updates", "/v1/events", "/fhir/Task", "/fhir/ServiceRequest", "/fhir/Patient", $"/fhir/Patient/{it.Person}"];
        string[] auditor = [$"/v1/audit/entries?person={it.Person}&action=create&limit=200", "/v1/audit/entries/0", "/v1/audit/entries/7"];
        var answers = new List<string>();
        foreach (var (organisation, paths) in ((string, string[])[])[("juzgado-central", court), ("centro-esperanza", clinic), ("contraloria", auditor), ("admin", ["/v1/clients", "/v1/organisations"])])
            foreach (var path in paths)
            {
                var reply = await new Party(at, organisation).GetAsync(path);
                Assert.True(reply.Status == 200, $"{organisation} {path}: {reply.Text}");
                answers.Add($"{organisation} {path} {reply.ETag} {reply.Text}");
            }
        return string.Join('\n', answers);
    }

    Task<List<string>> LogAsync(Exchange? at = null) => (at ?? _exchange).LookAsync(async db =>
        (await db.AuditEntries.AsNoTracking().Join(db.AuditSequence, e => e.Id, s => s.EntryId, (e, s) => new { s.Index, e.Canonical, e.Salt }).OrderBy(e => e.Index).ToListAsync())
            .Select(e => $"{e.Index} {Convert.ToBase64String(e.Salt)} {e.Canonical}").ToList());

    async Task<string> IsDoneAsync(params string[] command)
    {
        var (exit, said) = await _installation.RunAsync(command);
        Assert.True(exit == 0, said);
        return said;
    }

    async Task IsRefusedAsync(string reason)
    {
        var (exit, said) = await _installation.RunAsync("move", "--from", _exchange.Data);
        Assert.Equal(1, exit);
        Assert.Contains(reason, said, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", said, StringComparison.Ordinal);
    }

    async Task InSourceAsync(string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(_exchange.Data, "interop.db")};Pooling=False");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }

    async Task<object?> ExecuteAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(_target.ConnectionString);
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }
}

using Interop.Server.Tests.World;
using Npgsql;

namespace Interop.Server.Tests.Consent;

/// <summary>Readers of a person whose consent is being changed: they wait, one for all, and nobody else does.</summary>
public sealed class ReadersInLineTests(PostgreSqlExchange shared) : ExchangeTests(shared)
{
    [Fact]
    public async Task Of_those_who_stand_in_line_for_one_person_one_waits_for_all_and_nobody_else_waits()
    {
        var (it, other) = (await Case.AdmitAsync(Exchange), await Case.SendAsync(Exchange));
        await it.MonitorAsync("attendance");
        (await it.Clinic.ReportAsync(it.Id, "attendance", "attended")).Is(201);
        await using var connection = new NpgsqlConnection(Exchange.Storage.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var change = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        var key = await AskAsync(connection, "select lock_key from persons.persons where id = $1", it.Person);
        await AskAsync(connection, "select 1 from (select pg_advisory_xact_lock($1)) l", key);

        var reads = Enumerable.Range(0, 6).Select(_ => it.Clinic.ReadAsync(it.Id)).ToList();
        var reports = Enumerable.Range(0, 6).Select(_ => it.Court.ReportsAsync(it.Id)).ToList();
        await Eventually.HoldsAsync("two stand in line", async () => await WaitingAsync() == 2); // one for those who read the referral, one for its reports
        (await other.Clinic.ReadAsync(other.Id)).Is(200);

        Assert.Equal(2, await WaitingAsync());
        Assert.DoesNotContain(reads.Concat(reports), r => r.IsCompleted);
        await change.CommitAsync(TestContext.Current.CancellationToken);
        foreach (var read in await Task.WhenAll(reads))
            read.Is(200);
        foreach (var page in await Task.WhenAll(reports))
            Assert.Single(page.Is(200).Items);

        Task<long> WaitingAsync() =>
            AskAsync(connection, "select count(*) from pg_locks where locktype = 'advisory' and not granted and classid::bigint << 32 | objid::bigint = $1 and objsubid = 1", key);
    }

    static async Task<long> AskAsync(NpgsqlConnection connection, string sql, object value)
    {
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = value } } };
        return Convert.ToInt64(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken), System.Globalization.CultureInfo.InvariantCulture);
    }
}

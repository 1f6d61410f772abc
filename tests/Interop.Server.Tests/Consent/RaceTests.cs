using System.Text.Json;
using Interop.Audit;
using Interop.Consent;
using Interop.Server.Tests.World;
using Microsoft.EntityFrameworkCore;

namespace Interop.Server.Tests.Consent;

/// <summary>
/// Revocation is immediate (P3): readers and revokers at the same person, and afterwards the log is held against the consents.
/// </summary>
public abstract class RaceTests(SharedExchange shared, int processes) : ExchangeTests(shared)
{
    const int Rounds = 150;

    [Fact]
    public async Task No_disclosure_relies_on_a_consent_that_had_ended()
    {
        var first = await StartAsync(new() { Workers = true });
        await using var second = processes > 1 ? await ServerProcess.BesideAsync(first) : null;
        HttpClient[] doors = second is null ? [first.Http] : [first.Http, second.Http];
        var it = await Case.AdmitAsync(first);
        (await it.Clinic.ReportAsync(it.Id, "attendance", "attended")).Is(201);
        using var over = new CancellationTokenSource();
        var readers = doors.SelectMany(d => ReadersOf(first, d, it)).Select(read => ReadAsync(read, over.Token)).ToList();
        var (courts, clinics) = (doors.Select(d => new Court(first) { At = d }).ToList(), doors.Select(d => new Clinic(first) { At = d }).ToList());
        var why = new System.Text.Json.Nodes.JsonObject { ["reason"] = "Lo pidió" };

        for (var round = 0; round < Rounds; round++)
        {
            // Revoked through one process, looked at through another.
            var (clinic, court, witness) = (clinics[round % doors.Length], courts[round % doors.Length], (round + 1) % doors.Length);
            await it.MonitorAsync("attendance", "treatment-status");
            (await clinic.PostAsync($"/v1/consents/{it.Monitoring}/revocation", why)).Is(200);
            if (round % 4 == 0)
                Assert.Equal("accepted", (await courts[witness].ReadAsync(it.Id)).Is(200)["status"]);
            else if (round % 4 == 1)
                Assert.Empty((await courts[witness].ReportsAsync(it.Id)).Is(200).Items);
            else if (round % 4 == 2)
            {
                (await court.PostAsync($"/v1/consents/{it.ReferralConsent}/revocation", why)).Is(200);
                (await clinics[witness].ReadAsync(it.Id)).Is(404);
                await it.ConsentAsync();
            }
        }

        await over.CancelAsync();
        var counts = await Task.WhenAll(readers);
        var (disclosures, late) = await LateAsync(first, it.Person);
        Assert.True(counts.All(c => c > 10) && disclosures > Rounds, $"{string.Join(' ', counts)} reads, {disclosures} disclosures: no race was run.");
        Assert.Empty(late);
    }

    static IEnumerable<Func<Task<Reply>>> ReadersOf(Exchange exchange, HttpClient door, Case it)
    {
        var (court, supervision, clinic) = (new Court(exchange) { At = door }, new Court(exchange, "libertad-vigilada") { At = door }, new Clinic(exchange) { At = door });
        return
        [
            // In turns: four at a time are enough to be always in the way.
            InTurns(() => court.ReadAsync(it.Id), () => court.HistoryAsync(it.Id)), InTurns(() => court.ReportsAsync(it.Id), () => supervision.ReportsAsync(it.Id)),
            InTurns(() => supervision.ReadAsync(it.Id), () => supervision.GetAsync($"/v1/referrals?person={it.Person}")),
            InTurns(() => clinic.ReadAsync(it.Id), () => clinic.GetAsync("/v1/referrals")),
        ];
    }

    static Func<Task<Reply>> InTurns(params Func<Task<Reply>>[] reads)
    {
        var turn = 0;
        return () => reads[turn++ % reads.Length]();
    }

    static async Task<int> ReadAsync(Func<Task<Reply>> read, CancellationToken over)
    {
        var count = 0;
        for (; !over.IsCancellationRequested; count++)
            Assert.Contains((await read()).Status, new[] { 200, 404 });
        return count;
    }

    /// <summary>Disclosures under a consent, and those of them that were made at or after its end.</summary>
    static Task<(int, List<string>)> LateAsync(Exchange exchange, Guid person) => exchange.LookAsync(async db =>
    {
        var ends = await db.Consents.AsNoTracking().Where(c => c.EndedAt != null).ToDictionaryAsync(c => c.Id.Value, c => c.EndedAt!.Value);
        var entries = await exchange.EntriesAsync(all => all.Where(e => e.Person == person && e.Outcome == Outcomes.Permitted && e.Ground == "consent"));
        return (entries.Count, (from e in entries
                                from c in JsonElement.Parse(e.Canonical).GetProperty("consents").EnumerateArray()
                                where ends.TryGetValue(c.GetProperty("id").GetGuid(), out var end) && e.At >= end
                                select $"{e.At:O} {e.Operation} by {e.Organisation} relied on {c.GetProperty("id")}, ended {ends[c.GetProperty("id").GetGuid()]:O}").ToList());
    });
}

public sealed class RaceOnSqlite(SqliteExchange shared) : RaceTests(shared, processes: 1);

public sealed class RaceOnPostgreSql(PostgreSqlExchange shared) : RaceTests(shared, processes: 2);

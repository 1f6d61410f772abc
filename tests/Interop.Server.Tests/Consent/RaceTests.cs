using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Interop.Audit;
using Interop.Consent;
using Interop.Server.Tests.Delivery;
using Interop.Server.Tests.World;
using Microsoft.EntityFrameworkCore;

namespace Interop.Server.Tests.Consent;

/// <summary>
/// Revocation is immediate (P3): readers, deliverers and revokers at the same persons, and afterwards the log is held against the
/// consents. `INTEROP_RACE_ROUNDS` runs as many as wanted; how long a revocation takes under such fire, tests/Interop.Benchmarks measures.
/// </summary>
public abstract class RaceTests(SharedExchange shared, int processes) : ExchangeTests(shared)
{
    const int Persons = 8, Readers = 6;

    static readonly int s_rounds = int.TryParse(Environment.GetEnvironmentVariable("INTEROP_RACE_ROUNDS"), CultureInfo.InvariantCulture, out var rounds) ? rounds : 480;

    static readonly JsonObject s_why = new() { ["reason"] = "Lo pidió" };

    [Fact]
    public async Task No_disclosure_relies_on_a_consent_that_had_ended()
    {
        var seed = Random.Shared.Next();
        await using var partner = new Partner();
        await partner.StartAsync();
        var first = await StartAsync(new() { Workers = true });
        await using var second = processes > 1 ? await ServerProcess.BesideAsync(first) : null;
        HttpClient[] doors = second is null ? [first.Http] : [first.Http, second.Http];
        foreach (var organisation in (string[])["juzgado-central", "libertad-vigilada", "centro-esperanza"])
            (await new Party(first, organisation).PostAsync("/v1/subscriptions", new()
            {
                ["channel"] = "webhook", ["url"] = $"{partner.Url}/{organisation}", ["events"] = new JsonArray("*"), ["payload"] = "full",
            })).Is(201);
        var cases = new List<Case>();
        for (var i = 0; i < Persons; i++)
        {
            cases.Add(await Case.AdmitAsync(first));
            (await cases[i].Clinic.ReportAsync(cases[i].Id, "attendance", "attended")).Is(201);
        }
        using var over = new CancellationTokenSource();
        var readers = Enumerable.Range(0, Readers).Select(i => ReadAsync(first, doors[i % doors.Length], cases, new(unchecked(seed + i)), over.Token)).ToList();

        await Task.WhenAll(cases.Select(it => RevokeAsync(first, doors, it)));

        await over.CancelAsync();
        var counts = await Task.WhenAll(readers);
        var (disclosures, delivered, late) = await LateAsync(first, [.. cases.Select(c => c.Person)]);
        Assert.True(counts.All(c => c > 10) && disclosures > s_rounds && delivered > Persons, $"{string.Join(' ', counts)} reads, {disclosures} disclosures, {delivered} of them delivered: no race was run.");
        Assert.Empty(late);
        Assert.Equal(0, await first.Storage.DeadlocksAsync());
    }

    /// <summary>One person's consents, given and ended again; each end is looked at at once, through another process where there is one.</summary>
    static async Task RevokeAsync(Exchange first, HttpClient[] doors, Case it)
    {
        var (courts, clinics) = (doors.Select(d => new Court(first) { At = d }).ToList(), doors.Select(d => new Clinic(first) { At = d }).ToList());
        for (var round = 0; round < s_rounds / Persons; round++)
        {
            var (clinic, court, witness) = (clinics[round % doors.Length], courts[round % doors.Length], (round + 1) % doors.Length);
            if (round % 25 == 24)
                await ExpireAsync(it, clinic);
            else
            {
                await it.MonitorAsync("attendance", "treatment-status");
                (await clinic.PostAsync($"/v1/consents/{it.Monitoring}/revocation", s_why)).Is(200);
            }
            if (round % 4 == 0)
                Assert.Equal("accepted", (await courts[witness].ReadAsync(it.Id)).Is(200)["status"]);
            else if (round % 4 == 1)
                Assert.Empty((await courts[witness].ReportsAsync(it.Id)).Is(200).Items);
            else if (round % 4 == 2)
            {
                (await court.PostAsync($"/v1/consents/{it.ReferralConsent}/revocation", s_why)).Is(200);
                (await clinics[witness].ReadAsync(it.Id)).Is(404);
                await it.ConsentAsync();
            }
        }
    }

    /// <summary>Nobody revokes it: its time comes while it is relied on.</summary>
    static async Task ExpireAsync(Case it, Clinic clinic)
    {
        var until = it.Exchange.Now.AddMilliseconds(300);
        var consent = await it.Clinic.PostAsync("/v1/consents", A.MonitoringConsent(it.Referral, it.Exchange.Now, "attendance", "treatment-status").Without("untilEvent").With("until", A.Time(until)));
        if (consent.Status == 201)
            await Eventually.HoldsAsync("the consent has expired", async () => (await clinic.GetAsync($"/v1/consents/{consent.Id}")).Is(200)["endedAt"] is not null);
        else
            consent.Refuses(422, "until consent.ended"); // it took its time to get there
    }

    /// <summary>Whatever can be read of any of them, by whoever may at times, without a pause.</summary>
    static async Task<int> ReadAsync(Exchange exchange, HttpClient door, IReadOnlyList<Case> cases, Random random, CancellationToken over)
    {
        var (court, supervision, clinic) = (new Court(exchange) { At = door }, new Court(exchange, "libertad-vigilada") { At = door }, new Clinic(exchange) { At = door });
        var count = 0;
        for (; !over.IsCancellationRequested; count++)
        {
            var it = cases[random.Next(cases.Count)];
            var reply = await (random.Next(12) switch
            {
                0 => court.ReadAsync(it.Id),
                1 => court.HistoryAsync(it.Id),
                2 => court.ReportsAsync(it.Id),
                3 => supervision.ReadAsync(it.Id),
                4 => supervision.ReportsAsync(it.Id),
                5 => supervision.GetAsync($"/v1/referrals?person={it.Person}"),
                6 => clinic.ReadAsync(it.Id),
                7 => clinic.GetAsync($"/v1/referrals?person={it.Person}"),
                8 => clinic.GetAsync($"/fhir/Task/{it.Id}"),
                9 => clinic.GetAsync($"/fhir/Patient?_id={it.Person}"),
                10 => clinic.GetAsync("/fhir/Task?_count=5"),
                _ => court.GetAsync("/v1/events?limit=5"),
            });
            Assert.Contains(reply.Status, new[] { 200, 404 });
        }
        return count;
    }

    /// <summary>Disclosures under a consent, how many of them were sent by ourselves, and those that were made at or after its end.</summary>
    static Task<(int, int, List<string>)> LateAsync(Exchange exchange, IReadOnlyList<Guid> persons) => exchange.LookAsync(async db =>
    {
        var ends = await db.Consents.AsNoTracking().Where(c => c.EndedAt != null).ToDictionaryAsync(c => c.Id.Value, c => c.EndedAt!.Value);
        var entries = await exchange.EntriesAsync(all => all.Where(e => persons.Contains(e.Person!.Value) && e.Outcome == Outcomes.Permitted && e.Ground == "consent"));
        var late = from e in entries
                   from c in JsonElement.Parse(e.Canonical).GetProperty("consents").EnumerateArray()
                   where ends.TryGetValue(c.GetProperty("id").GetGuid(), out var end) && e.At >= end
                   select $"{e.At:O} {e.Operation} by {e.Organisation} relied on {c.GetProperty("id")}, ended {ends[c.GetProperty("id").GetGuid()]:O}";
        return (entries.Count, entries.Count(e => e.Operation == "event.deliver"), late.ToList());
    });
}

public sealed class RaceOnSqlite(SqliteExchange shared) : RaceTests(shared, processes: 1);

public sealed class RaceOnPostgreSql(PostgreSqlExchange shared) : RaceTests(shared, processes: 2);

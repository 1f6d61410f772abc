using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Interop.Benchmarks;

/// <summary>
/// A revocation under fire (P3): through two processes on one database, as many clients as elsewhere read the referrals and reports of a
/// few persons without a pause, reports are sent to the court, and the consents under which all that happens are revoked and given
/// again, thousands of times. How long a revocation takes to be acknowledged, and that nothing which is asked after it shows anything.
/// </summary>
internal static class Revoking
{
    /// <summary>Rounds of each person that are counted: those that began after the load which comes before every figure.</summary>
    const int Persons = 16, Rounds = 125;

    static readonly JsonObject s_why = new() { ["reason"] = "Lo pidió" };

    public static async Task<IReadOnlyList<Result>> MeasureAsync(Bench bench)
    {
        await using var exchange = await Exchange.StartAsync(bench.Server);
        await using var second = await exchange.BesideAsync();
        string[] doors = [exchange.Address, second.Address];
        var (court, clinic) = (await exchange.TokenAsync(Exchange.Court), await exchange.TokenAsync(Exchange.Clinic));
        var arrivals = new Arrivals();
        await using var partner = await WebhookPartner.StartAsync(arrivals);
        await exchange.PostAsync(court, "/v1/subscriptions", new JsonObject
        {
            ["channel"] = "webhook", ["url"] = partner.Address, ["events"] = new JsonArray("org.interop.compliance.reported.v1"), ["payload"] = "full",
        });
        var persons = await exchange.ReferAsync(Persons);
        foreach (var it in persons)
            await exchange.PostAsync(clinic, $"/v1/referrals/{it.Referral}/acceptance", new JsonObject());
        using var over = new CancellationTokenSource();
        var began = Stopwatch.GetTimestamp();
        bool IsWarm() => Stopwatch.GetElapsedTime(began) >= bench.Warm;
        var reading = Task.WhenAll(doors.Select(door => ReadAsync(door, court, clinic, persons, over.Token)));

        var fires = await Task.WhenAll(persons.Select((it, i) => RevokeAsync(exchange, doors, court, clinic, it, $"seed-{i}", IsWarm, bench.Options.Tiny ? 2 : Rounds)));
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;

        await over.CancelAsync();
        var (reads, shown) = ((await reading).Sum(), fires.Sum(f => f.Shown));
        if (shown > 0)
            throw new InvalidOperationException($"{shown} reads after a revocation showed what it had ended.");
        var took = fires.SelectMany(f => f.Took).ToList();
        var load = Load.Of(took, seconds - bench.Warm.TotalSeconds);
        return [new($"revocation, of {Persons} persons at once ({load.PerSecond:N0}/s), while {2 * Options.Clients} clients read them ({reads:N0}/s) and reports are sent ({arrivals.Count / seconds:N0}/s), by two processes",
            Figures.Say($"p99 {load.P99:0.0} ms"), Target: "p99 ≤ 250 ms", Spread: Figures.Say($"{load.P50:0.0} / {load.P99:0.0} ms"))];
    }

    /// <summary>One person: by turns the consent to be referred, and the one by which the court follows; revoked through one process, looked at through the other.</summary>
    static async Task<(IReadOnlyList<double> Took, int Shown)> RevokeAsync(Exchange exchange, string[] doors, string court, string clinic, Consented it, string matter, Func<bool> isWarm, int rounds)
    {
        var (took, shown, consent) = (new List<double>(), 0, it.Consent);
        for (var round = 0; took.Count < rounds; round++)
        {
            var (door, witness) = (doors[round / 2 % 2], doors[(round / 2 + 1) % 2]);
            if (round % 2 == 0)
            {
                await TimedAsync(() => exchange.PostAsync(court, $"/v1/consents/{consent}/revocation", s_why.DeepClone(), door));
                shown += await exchange.GetAsync(clinic, $"/fhir/Task/{it.Referral}", witness) is null ? 0 : 1;
                consent = await exchange.ConsentAsync(court, it.Person, matter);
                continue;
            }
            var monitoring = (await exchange.PostAsync(clinic, "/v1/consents", Bodies.Monitoring(it.Person, it.Matter))).GetProperty("id").GetGuid();
            await exchange.PostAsync(clinic, $"/v1/referrals/{it.Referral}/compliance-updates", new JsonObject { ["category"] = "attendance", ["value"] = "attended", ["occurredAt"] = TimeProvider.System.GetUtcNow() });
            await TimedAsync(() => exchange.PostAsync(clinic, $"/v1/consents/{monitoring}/revocation", s_why.DeepClone(), door));
            shown += (await exchange.GetAsync(court, $"/v1/referrals/{it.Referral}/compliance-updates", witness))?.GetProperty("items").GetArrayLength() ?? 0;
        }
        return (took, shown);

        async Task TimedAsync(Func<Task> revoke)
        {
            var (counts, began) = (isWarm(), Stopwatch.GetTimestamp());
            await revoke();
            if (counts)
                took.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }
    }

    /// <returns>Reads a second, on the whole.</returns>
    static async Task<double> ReadAsync(string door, string court, string clinic, IReadOnlyList<Consented> persons, CancellationToken over)
    {
        var script = $$"""
            local clinic = { ["Authorization"] = "Bearer {{clinic}}" }
            local court = { ["Authorization"] = "Bearer {{court}}" }
            local ids = { {{string.Join(", ", persons.Select(p => $"\"{p.Referral}\""))}} }
            local n = 0
            function request()
              n = n + 1
              local id = ids[math.random(#ids)]
              if n % 2 == 0 then return wrk.format("GET", "/fhir/Task/" .. id, clinic) end
              return wrk.format("GET", "/v1/referrals/" .. id .. "/compliance-updates?limit=1", court)
            end
            """;
        var turns = new List<double>();
        while (!over.IsCancellationRequested)
            turns.Add((await Wrk.RunAsync(door, script, 1, refusals: true)).PerSecond);
        return turns.Average();
    }
}

using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Interop.Benchmarks;

/// <summary>
/// A revocation under fire (P3): as many clients as elsewhere read one person's referral without a pause, while that person's consent
/// is revoked and given again, over and over. How long a revocation takes to be acknowledged, and that no read which was sent after
/// it shows anything.
/// </summary>
internal static class Revoking
{
    const int Rounds = 300;

    public static async Task<IReadOnlyList<Result>> MeasureAsync(Bench bench)
    {
        await using var exchange = await Exchange.StartAsync(bench.Server);
        var it = (await exchange.ReferAsync(1))[0];
        var (court, clinic) = (await exchange.TokenAsync(Exchange.Court), await exchange.TokenAsync(Exchange.Clinic));
        using var over = new CancellationTokenSource();
        var reading = ReadAsync(exchange, clinic, it.Referral, over.Token);
        var (took, shown, consent) = (new List<double>(), 0, it.Consent);
        for (var round = 0; round < (bench.Options.Tiny ? 5 : Rounds); round++)
        {
            var began = Stopwatch.GetTimestamp();
            await exchange.PostAsync(court, $"/v1/consents/{consent}/revocation", new JsonObject { ["reason"] = "Lo pidió" });
            took.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            shown += await exchange.IsShownAsync(clinic, it.Referral) ? 1 : 0;
            consent = await exchange.ConsentAsync(court, it.Person, "seed-0");
        }
        await over.CancelAsync();
        var reads = await reading;
        if (shown > 0)
            throw new InvalidOperationException($"{shown} reads after a revocation showed what it had ended.");
        var load = Load.Of(took, 1);
        return [new($"revocation, while {Options.Clients} clients read the person ({reads:N0}/s)", Figures.Say($"p99 {load.P99:0.0} ms"), Target: "p99 ≤ 250 ms", Spread: Figures.Say($"{load.P50:0.0} / {load.P99:0.0} ms"))];
    }

    /// <returns>Reads a second, on the whole.</returns>
    static async Task<double> ReadAsync(Exchange exchange, string token, Guid referral, CancellationToken over)
    {
        var script = $$"""
            local headers = { ["Authorization"] = "Bearer {{token}}" }
            function request() return wrk.format("GET", "/fhir/Task/{{referral}}", headers) end
            """;
        var turns = new List<double>();
        while (!over.IsCancellationRequested)
            turns.Add((await Wrk.RunAsync(exchange.Address, script, 1, refusals: true)).PerSecond);
        return turns.Average();
    }
}

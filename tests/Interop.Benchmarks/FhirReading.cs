namespace Interop.Benchmarks;

/// <summary>GET /fhir/Task/{id} by the provider: a decision on the person's consent and a durable audit entry for each.</summary>
internal static class FhirReading
{
    const double Target = 0.06;
    const int Referrals = 1000;

    public static async Task<IReadOnlyList<Result>> MeasureAsync(Bench bench)
    {
        await using var exchange = await Exchange.StartAsync(bench.Server);
        await using var audit = await Transactions.PrepareAsync(exchange.Database);
        var hello = Http.FreeAddress();
        await using var kestrel = await Hello.StartAsync(hello);
        var postmaster = await audit.PostmasterAsync();
        var ids = (await exchange.ReferAsync(bench.Options.Tiny ? 10 : Referrals)).Select(r => r.Referral).ToList();
        Func<Task<Load>> read = async () => await Wrk.RunAsync(exchange.Address, Script(await exchange.TokenAsync(Exchange.Clinic), ids), bench.Options.Seconds);
        await bench.WarmAsync(read);
        var result = await Figures.CompareAsync("GET /fhir/Task/{id}", "H", Target, bench.Options, () => Hello.MeasureAsync(hello, bench.Options.Seconds), read, () => exchange.Process, () => postmaster);
        var small = await audit.MeasureSmallAsync(bench.Options.Seconds);
        return [result, new("one small audit row, committed", Figures.Say($"{small.PerSecond:N0}/s"), "A", Spread: Figures.Say($"{small.P50:0.0} / {small.P99:0.0} ms"))];
    }

    public static string Script(string token, IReadOnlyList<Guid> ids) =>
        $$"""
        local ids = { {{string.Join(',', ids.Select(id => $"\"{id}\""))}} }
        local sent = 0
        local headers = { ["Authorization"] = "Bearer {{token}}" }
        function init(args) math.randomseed(os.time()); sent = math.random(#ids) end
        function request()
          sent = sent % #ids + 1
          return wrk.format("GET", "/fhir/Task/" .. ids[sent], headers)
        end
        """;
}

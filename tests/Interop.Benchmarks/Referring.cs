namespace Interop.Benchmarks;

/// <summary>POST /v1/referrals: each about a new person and matter, as a court's system would send it.</summary>
internal static class Referring
{
    const double Target = 0.25;

    public static async Task<IReadOnlyList<Result>> MeasureAsync(Bench bench)
    {
        await using var exchange = await Exchange.StartAsync(bench.Server);
        await using var unit = await Transactions.PrepareAsync(exchange.Database);
        var postmaster = await unit.PostmasterAsync();
        var turn = 0;
        Func<Task<Load>> refer = async () => await Wrk.RunAsync($"{exchange.Address}/v1/referrals", Script(await exchange.TokenAsync(Exchange.Court), ++turn), bench.Options.Seconds);
        await bench.WarmAsync(refer);
        using var over = new CancellationTokenSource();
        var waiting = Numbering.WaitingAsync(exchange.Database, over.Token);
        var result = await Figures.CompareAsync("POST /v1/referrals", "T", Target, bench.Options, () => unit.MeasureAsync(bench.Options.Seconds), refer, () => exchange.Process, () => postmaster);
        await over.CancelAsync();
        return [result, Numbering.Of(await waiting)];
    }

    static string Script(string token, int turn)
    {
        const string Name = "@name";
        var parts = Bodies.Referral(Name).ToJsonString().Split(Name);
        return $$"""
            local threads = 0
            function setup(thread) thread:set("number", threads); threads = threads + 1 end
            local sent = 0
            local headers = { ["Authorization"] = "Bearer {{token}}", ["Content-Type"] = "application/json" }
            function request()
              sent = sent + 1
              local name = "{{turn}}-" .. number .. "-" .. sent
              return wrk.format("POST", nil, headers, [[{{parts[0]}}]] .. name .. [[{{parts[1]}}]] .. name .. [[{{parts[2]}}]])
            end
            """;
    }
}

using System.Text.Json.Nodes;

namespace Interop.Benchmarks;

/// <summary>AuthZEN's evaluation of a stored consent, as a gateway of the clinic asks it: decided by the engine, its entry durable.</summary>
internal static class Asking
{
    const double Target = 0.1;
    const int Persons = 1000;

    public static async Task<IReadOnlyList<Result>> MeasureAsync(Bench bench)
    {
        await using var exchange = await Exchange.StartAsync(bench.Server);
        await using var unit = await Transactions.PrepareAsync(exchange.Database);
        var hello = Http.FreeAddress();
        await using var kestrel = await Hello.StartAsync(hello);
        var postmaster = await unit.PostmasterAsync();
        var persons = (await exchange.ReferAsync(bench.Options.Tiny ? 10 : Persons)).Select(r => r.Person).ToList();
        Func<Task<Load>> ask = async () => await Wrk.RunAsync($"{exchange.Address}/access/v1/evaluation", Script(await exchange.TokenAsync(Exchange.Clinic), persons), bench.Options.Seconds);
        await bench.WarmAsync(ask);
        return [await Figures.CompareAsync("POST /access/v1/evaluation (AuthZEN)", "H", Target, bench.Options, () => Hello.MeasureAsync(hello, bench.Options.Seconds), ask, () => exchange.Process, () => postmaster)];
    }

    static string Script(string token, IReadOnlyList<Guid> persons)
    {
        const string Person = "@person";
        var parts = new JsonObject
        {
            ["subject"] = new JsonObject { ["type"] = "organization", ["id"] = Exchange.Clinic },
            ["action"] = new JsonObject { ["name"] = "read" },
            ["resource"] = new JsonObject { ["type"] = "person", ["id"] = Person },
            ["context"] = new JsonObject { ["purpose"] = "treatment" },
        }.ToJsonString().Split(Person);
        return $$"""
            local persons = { {{string.Join(',', persons.Select(id => $"\"{id}\""))}} }
            local sent = 0
            local headers = { ["Authorization"] = "Bearer {{token}}", ["Content-Type"] = "application/json" }
            function init(args) math.randomseed(os.time()); sent = math.random(#persons) end
            function request()
              sent = sent % #persons + 1
              return wrk.format("POST", nil, headers, [[{{parts[0]}}]] .. persons[sent] .. [[{{parts[1]}}]])
            end
            """;
    }
}

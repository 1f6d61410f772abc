using System.Diagnostics;

namespace Interop.Benchmarks;

/// <summary>The demonstration on SQLite, from nothing: how long from its start until it is ready, and what it takes when its story is told.</summary>
internal static class Starting
{
    const string ToldUntil = "Again ";

    public static async Task<IReadOnlyList<Result>> MeasureAsync(Bench bench)
    {
        var ready = new List<double>();
        for (var round = 0; round < bench.Options.Rounds; round++)
            ready.Add(await StartAsync());
        var (story, resident, peak) = await TellAsync();
        ready.Sort();
        return
        [
            new("serve --demo, SQLite: start to ready", Figures.Say($"{ready[ready.Count / 2]:0.00} s"), Target: "≤ 2 s", Spread: Figures.Say($"{ready[0]:0.00}–{ready[^1]:0.00} s")),
            new("demo, SQLite: start to the end of the story", Figures.Say($"{story:0.00} s"), Target: "≤ 10 s", Memory: Figures.Say($"{resident:N0} MB")),
            new("demo, SQLite: memory, after the story", Figures.Say($"{resident:N0} MB"), Target: "≤ 250 MB", Spread: Figures.Say($"peak {peak:N0} MB")),
        ];
    }

    static async Task<double> StartAsync()
    {
        var folder = System.IO.Directory.CreateTempSubdirectory("interop-benchmark-").FullName;
        var address = Http.FreeAddress();
        double ready;
        var began = Stopwatch.GetTimestamp();
        await using (Child.Start(Exchange.Program, ["serve", "--demo"], Exchange.Settings(folder, address)).Unheard())
        {
            await Http.ReadyAsync(new($"{address}/health/ready"));
            ready = Stopwatch.GetElapsedTime(began).TotalSeconds;
        }
        System.IO.Directory.Delete(folder, recursive: true);
        return ready;
    }

    static async Task<(double Story, double Resident, double Peak)> TellAsync()
    {
        var folder = System.IO.Directory.CreateTempSubdirectory("interop-benchmark-").FullName;
        (double, double, double) seen;
        var began = Stopwatch.GetTimestamp();
        await using (var demo = Child.Start(Exchange.Program, ["demo"], Exchange.Settings(folder, Http.FreeAddress())))
        {
            using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(1));
            while (await demo.Output.ReadLineAsync(deadline.Token) is { } line && !line.Contains(ToldUntil, StringComparison.Ordinal))
            {
            }
            seen = (Stopwatch.GetElapsedTime(began).TotalSeconds, Proc.Memory(demo.Id), Proc.PeakMemory(demo.Id));
        }
        System.IO.Directory.Delete(folder, recursive: true);
        return seen;
    }
}

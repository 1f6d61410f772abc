using System.Diagnostics;
using System.Globalization;
using Interop.Audit.Log;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Audit;

/// <summary>Figures of src/Interop/Audit/README.md: run with <c>--explicit only</c>, when they are wanted.</summary>
public abstract class LogFigures(SharedExchange shared, ITestOutputHelper output) : ExchangeTests(shared)
{
    [Fact(Explicit = true)]
    public async Task How_fast_entries_are_taken_in_and_exported()
    {
        const int count = 60_000;
        var exchange = await StartAsync(new());
        for (var i = 0; i < count / 5000; i++)
            await exchange.FillAsync(5000);
        var taking = await MeasureAsync(exchange.BuildAsync);
        Assert.Empty((await exchange.VerifyAsync()).Findings);
        var one = await MeasureAsync(async () =>
        {
            await exchange.FillAsync(1);
            await exchange.RunAsync<LogBuilder>();
        });
        var exporting = await MeasureAsync(() => exchange.ExportAsync());
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{count} entries: taken in {count / taking.Clock:0}/s ({taking.Cpu / count * 1e6:0} µs of processor each), one more and its checkpoint {one.Clock * 1000:0} ms, exported {count / exporting.Clock:0}/s ({exporting.Cpu / count * 1e6:0} µs each)"));
    }

    static async Task<(double Clock, double Cpu)> MeasureAsync(Func<Task> work)
    {
        var (cpu, clock) = (Environment.CpuUsage.TotalTime, Stopwatch.StartNew());
        await work();
        return (clock.Elapsed.TotalSeconds, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds);
    }
}

public sealed class LogFiguresOnSqlite(SqliteExchange shared, ITestOutputHelper output) : LogFigures(shared, output);

public sealed class LogFiguresOnPostgreSql(PostgreSqlExchange shared, ITestOutputHelper output) : LogFigures(shared, output);

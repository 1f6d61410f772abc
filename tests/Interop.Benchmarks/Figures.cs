using System.Diagnostics;
using System.Globalization;

namespace Interop.Benchmarks;

/// <summary>What every figure is measured on.</summary>
/// <param name="Server">PostgreSQL, fsync on: a connection string that may create databases.</param>
/// <param name="Broker">RabbitMQ, as amqp://.</param>
internal sealed record Bench(Options Options, string Server, string Broker)
{
    static readonly TimeSpan s_warm = TimeSpan.FromSeconds(60);

    /// <summary>How long it is loaded before: until the compiler has had its second thoughts, and the files of the database have grown. What runs for months is measured as it then is.</summary>
    public TimeSpan Warm => Options.Tiny ? TimeSpan.Zero : s_warm;

    public async Task WarmAsync(Func<Task> load)
    {
        for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < Warm;)
            await load();
    }
}

/// <param name="Name">By which the command line asks for it.</param>
internal sealed record Figure(string Name, Func<Bench, Task<IReadOnlyList<Result>>> MeasureAsync);

/// <summary>A line of the table.</summary>
/// <param name="Value">As people say it, with its unit of measure.</param>
/// <param name="Ratio">Of figure to unit, where it has one.</param>
internal sealed record Result(string What, string Value, string Unit = "", string Ratio = "", string Target = "", string Spread = "", string Cpu = "", string Memory = "");

internal static class Figures
{
    public static IReadOnlyList<Figure> All { get; } =
    [
        new("refer", Referring.MeasureAsync),
        new("fhir-read", FhirReading.MeasureAsync),
        new("ask", Asking.MeasureAsync),
        new("revoke", Revoking.MeasureAsync),
        new("arrival", Arrival.MeasureAsync),
        new("audited", AuditedReading.MeasureAsync),
        new("audit", AuditQuestions.MeasureAsync),
        new("audit-embedded", AuditQuestions.MeasureEmbeddedAsync),
        new("start", Starting.MeasureAsync),
    ];

    /// <summary>
    /// Unit, figure, unit, figure … unit: each turn of the figure is held against the mean of the units before and after it, so
    /// that what the machine does meanwhile falls on both. The median of the turns counts.
    /// </summary>
    public static async Task<Result> CompareAsync(
        string what, string unit, double target, Options options, Func<Task<Load>> measureUnit, Func<Task<Load>> measure, Func<int> process, Func<int> postmaster)
    {
        var before = await measureUnit();
        var turns = new List<(double Ratio, Load Unit, Load Figure, double Server, double Database)>();
        for (var round = 0; round < options.Rounds; round++)
        {
            var (server, database) = (Proc.Cpu(process()), Proc.CpuOfServer(postmaster()));
            var load = await measure();
            var requests = load.PerSecond * options.Seconds;
            (server, database) = ((Proc.Cpu(process()) - server) / requests, (Proc.CpuOfServer(postmaster()) - database) / requests);
            var after = await measureUnit();
            turns.Add((load.PerSecond / ((before.PerSecond + after.PerSecond) / 2), before, load, server, database));
            before = after;
        }
        turns.Sort((a, b) => a.Ratio.CompareTo(b.Ratio));
        var median = turns[turns.Count / 2];
        return new(what, Say($"{median.Figure.PerSecond:N0}/s"), Say($"{unit} = {median.Unit.PerSecond:N0}/s"),
            Say($"{median.Ratio:0.000} {unit}") + (turns.Count > 1 ? Say($" ({turns[0].Ratio:0.000}–{turns[^1].Ratio:0.000})") : ""), Say($"≥ {target} {unit}"),
            Say($"{median.Figure.P50:0.0} / {median.Figure.P99:0.0} ms"), Say($"{median.Server:N0} + {median.Database:N0} µs"), Say($"{Proc.PeakMemory(process()):N0} MB"));
    }

    public static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

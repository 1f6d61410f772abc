namespace Interop.Benchmarks;

/// <summary>Markdown, to go into the README as it is.</summary>
internal static class Table
{
    public static void Begin()
    {
        Print(["figure", "measured", "unit", "ratio", "target", "p50 / p99", "CPU a request, server + database", "memory"]);
        Print([.. Enumerable.Repeat("---", 8)]);
    }

    public static void Print(IReadOnlyList<Result> results)
    {
        foreach (var r in results)
            Print([r.What, r.Value, r.Unit, r.Ratio, r.Target, r.Spread, r.Cpu, r.Memory]);
    }

    static void Print(IReadOnlyList<string> cells) => Console.WriteLine($"| {string.Join(" | ", cells)} |");
}

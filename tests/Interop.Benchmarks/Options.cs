namespace Interop.Benchmarks;

/// <summary>What to measure, for how long.</summary>
/// <param name="Figures">By name; empty: all.</param>
/// <param name="Rounds">Unit and figure in turns, so often.</param>
/// <param name="Seconds">Of load in each turn.</param>
/// <param name="Tiny">Only whether everything runs: no figure of it means anything.</param>
internal sealed record Options(IReadOnlyList<string> Figures, int Rounds, int Seconds, bool Tiny)
{
    public const string Usage =
        """
        tests/Interop.Benchmarks/run [--rounds=3] [--seconds=10] [--tiny] [figure…]
        figures: refer, fhir-read, ask, revoke, arrival, audited, audit, audit-embedded, start; and engine, which is alone
        """;

    public const int Clients = 32;

    /// <returns>Null where it says something that nobody understands.</returns>
    public static Options? Read(IEnumerable<string> args)
    {
        var options = new Options([], 3, 10, false);
        foreach (var arg in args)
            switch (arg.Split('='))
            {
                case ["--tiny"]:
                    options = options with { Tiny = true, Rounds = 1, Seconds = 1 };
                    break;
                case ["--rounds", var n] when int.TryParse(n, out var rounds) && rounds > 0:
                    options = options with { Rounds = rounds };
                    break;
                case ["--seconds", var n] when int.TryParse(n, out var seconds) && seconds > 0:
                    options = options with { Seconds = seconds };
                    break;
                case [var name] when Benchmarks.Figures.All.Any(f => f.Name == name):
                    options = options with { Figures = [.. options.Figures, name] };
                    break;
                default:
                    return null;
            }
        return options;
    }
}

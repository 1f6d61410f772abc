namespace Interop.Consent.Evaluation;

/// <summary>The security labels of what is asked about. Its confidentiality is the highest that it carries; unlabelled data is normal.</summary>
internal sealed class Labels
{
    public Labels(IReadOnlyList<Code> written)
    {
        var ranks = written.Select(Confidentiality.RankOf).Where(r => r >= 0).ToList();
        Rank = ranks.Count > 0 ? ranks.Max() : Confidentiality.Normal;
        Codes = new(written);
    }

    public int Rank { get; }

    public CodeSet Codes { get; }
}

/// <summary>
/// The security labels of a provision. Confidentiality is a high-water mark: a permit for R covers N, a deny of R covers R and
/// above. Sensitivity matches by code, or by a code that it is declared to include.
/// </summary>
internal sealed class LabelSet
{
    readonly int _lowest = int.MaxValue;
    readonly int _highest = -1;
    readonly CodeSet _others;

    public LabelSet(IReadOnlyList<Code> written)
    {
        Written = written;
        foreach (var rank in written.Select(Confidentiality.RankOf).Where(r => r >= 0))
            (_lowest, _highest) = (Math.Min(_lowest, rank), Math.Max(_highest, rank));
        _others = new(written.Where(c => Confidentiality.RankOf(c) < 0).SelectMany(Sensitivity.WithIncluded));
    }

    public IReadOnlyList<Code> Written { get; }

    /// <summary>A permit and a deny of the same level mean different data.</summary>
    public bool HasConfidentiality => _highest >= 0;

    public bool Covers(Labels labels, Effect effect) =>
        (effect is Effect.Permit ? labels.Rank <= _highest : labels.Rank >= _lowest) || _others.Overlaps(labels.Codes);
}

/// <summary>v3-Confidentiality, in its order.</summary>
internal static class Confidentiality
{
    static readonly string[] s_levels = ["U", "L", "M", "N", "R", "V"];

    public static int Normal { get; } = Array.IndexOf(s_levels, "N");

    /// <summary>-1: not a confidentiality code.</summary>
    public static int RankOf(Code code) => code.System is null or CodeSystems.Confidentiality ? Array.IndexOf(s_levels, code.Value) : -1;
}

/// <summary>Which sensitivity codes of v3-ActCode include which. Declared here: nothing else is inferred.</summary>
internal static class Sensitivity
{
    static readonly Dictionary<string, string[]> s_includes = new(StringComparer.Ordinal)
    {
        // IHE PCF reads ETH as the parent of both; v3-ActCode hangs them under SUD, which says the same in newer words.
        ["ETH"] = ["SUD", "ETHUD", "OPIOIDUD"],
        ["SUD"] = ["ETHUD", "OPIOIDUD"],
        ["BH"] = ["COGN", "DVD", "EMOTDIS", "MH", "PSY", "PSYTHPN", "SUD"],
        ["SPI"] = ["BH"],
    };

    public static IEnumerable<Code> WithIncluded(Code code)
    {
        yield return code;
        if (code.System is not (null or CodeSystems.ActCode))
            yield break;
        var seen = new HashSet<string> { code.Value };
        var left = new Queue<string>([code.Value]);
        while (left.TryDequeue(out var next))
            foreach (var included in s_includes.GetValueOrDefault(next, []))
                if (seen.Add(included))
                {
                    left.Enqueue(included);
                    yield return code with { Value = included };
                }
    }
}

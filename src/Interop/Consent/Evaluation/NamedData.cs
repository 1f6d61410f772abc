namespace Interop.Consent.Evaluation;

/// <summary>How a provision means the data that it refers to (R4 consent-data-meaning).</summary>
internal enum Meaning
{
    /// <summary>This very resource.</summary>
    Instance,

    /// <summary>It and what it refers to.</summary>
    Related,

    /// <summary>It and what refers to it.</summary>
    Dependents,

    /// <summary>What was authored by it.</summary>
    AuthoredBy,
}

/// <summary>Data that a provision names.</summary>
/// <param name="RefersTo">For related: what the named resource refers to; null where it is not to be found.</param>
/// <param name="Written">The reference as the consent wrote it.</param>
internal sealed record NamedData(Meaning Meaning, Names Names, Names? RefersTo, string Written)
{
    public Match Matches(Item item)
    {
        if (Names.IsEmpty)
            return Match.Unknown; // words only
        return Meaning switch
        {
            Meaning.AuthoredBy => Is(item.Authors),
            _ when Names.Overlaps(item.Names) => Match.Yes,
            Meaning.Dependents => Is(item.RefersTo),
            Meaning.Related when RefersTo is null => Match.Unknown,
            Meaning.Related => RefersTo.Overlaps(item.Names) ? Match.Yes : Match.No,
            _ => Match.No,
        };
    }

    Match Is(Names names) => Names.Overlaps(names) ? Match.Yes : Match.No;
}

/// <summary>The data of a provision: any of it will do.</summary>
internal sealed class DataSet(IReadOnlyList<NamedData> data)
{
    readonly NamedData[] _data = [.. data];

    public IReadOnlyList<NamedData> All => _data;

    public IEnumerable<string> Unresolved => _data.Where(d => d.Names.IsEmpty || d is { Meaning: Meaning.Related, RefersTo: null }).Select(d => d.Written);

    public Match Meets(Item item)
    {
        var match = Match.No;
        foreach (var named in _data)
            switch (named.Matches(item))
            {
                case Match.Yes:
                    return Match.Yes;
                case Match.Unknown:
                    match = Match.Unknown;
                    break;
            }
        return match;
    }
}

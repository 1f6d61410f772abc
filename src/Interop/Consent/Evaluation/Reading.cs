namespace Interop.Consent.Evaluation;

/// <summary>What one consent says to a question.</summary>
internal enum Said : byte
{
    Nothing,

    /// <summary>It denies some of the data and says nothing of the rest.</summary>
    DeniesSome,
    Denies,

    /// <summary>At least some of the data.</summary>
    Permits,
}

/// <param name="Provision">The one that decided, by its index; -1 where none did.</param>
/// <param name="Named">It denies a recipient or data by name, rather than everybody everything.</param>
internal readonly record struct Word(Said Said, int Provision, bool Named)
{
    public static Word Nothing { get; } = new(Said.Nothing, -1, false);
}

/// <summary>
/// One consent, one question. Deeper wins, at equal depth deny wins (rule 6). About an item that is all. Without one, provisions
/// that depend on data are grouped by the data they mean, and each group has its winner: what depends on no data overrides every
/// group that is not deeper.
/// </summary>
internal static class Reading
{
    const int OnStack = 64;

    public static Word Of(Directive d, Question q, Item? item)
    {
        if (item is not null)
            return Of(d, Deepest(d, q, item));
        Span<int> winners = d.KeyCount <= OnStack ? stackalloc int[OnStack] : new int[d.KeyCount];
        winners = winners[..d.KeyCount];
        Winners(d, q, winners);
        var all = winners[0];
        if (all >= 0 && d.Provisions[all].Effect is Effect.Permit)
            return new(Said.Permits, all, false);
        var (permits, denies) = (-1, -1);
        foreach (var winner in winners[1..])
            if (Survives(d, winner, all))
                if (d.Provisions[winner].Effect is Effect.Permit)
                    permits = Better(d, winner, permits);
                else
                    denies = Better(d, winner, denies);
        if (permits >= 0)
            return new(Said.Permits, permits, false);
        return all >= 0 ? Of(d, all) : denies >= 0 ? new(Said.DeniesSome, denies, true) : Word.Nothing;
    }

    /// <summary>The winner for all data, and beneath it those for the data of each key; -1 where none applies.</summary>
    public static void Winners(Directive d, Question q, Span<int> winners)
    {
        winners.Fill(-1);
        var unresolved = false;
        for (var i = 0; i < d.Provisions.Length; i++)
        {
            var p = d.Provisions[i];
            if (Matching.Test(p, q, null, ref unresolved) is not Reason.None)
                continue;
            ref var winner = ref winners[p.IsOfSomeData(q) ? p.DataKey : 0];
            winner = Better(d, i, winner);
        }
    }

    /// <summary>All that apply, whoever wins.</summary>
    public static IEnumerable<int> Applying(Directive d, Question q)
    {
        var unresolved = false;
        for (var i = 0; i < d.Provisions.Length; i++)
            if (Matching.Test(d.Provisions[i], q, null, ref unresolved) is Reason.None)
                yield return i;
    }

    /// <summary>Whether the winner of a group still has a say where <paramref name="all"/> has spoken of all data.</summary>
    public static bool Survives(Directive d, int winner, int all)
    {
        if (winner < 0 || all < 0)
            return winner >= 0;
        var (one, other) = (d.Provisions[winner], d.Provisions[all]);
        return one.Depth > other.Depth || (one.Depth == other.Depth && one.Effect > other.Effect);
    }

    static int Deepest(Directive d, Question q, Item item)
    {
        var (deepest, unresolved) = (-1, false);
        for (var i = 0; i < d.Provisions.Length; i++)
            if (Better(d, i, deepest) == i && Matching.Test(d.Provisions[i], q, item, ref unresolved) is Reason.None)
                deepest = i;
        return deepest;
    }

    static Word Of(Directive d, int provision) => provision < 0
        ? Word.Nothing
        : d.Provisions[provision] is { Effect: Effect.Permit } ? new(Said.Permits, provision, false)
        : new(Said.Denies, provision, d.Provisions[provision].Names);

    static int Better(Directive d, int one, int other)
    {
        if (other < 0)
            return one;
        var (p, o) = (d.Provisions[one], d.Provisions[other]);
        var better = p.Depth != o.Depth ? p.Depth > o.Depth : p.Effect != o.Effect ? p.Effect > o.Effect : p.Names && !o.Names;
        return better ? one : other;
    }
}

namespace Interop.Consent.Evaluation;

/// <summary>Why a consent or a provision decided or did not.</summary>
/// <param name="Provision">null: the whole consent.</param>
/// <param name="Decided">It made the answer; else <paramref name="Reason"/> says why it did not.</param>
/// <param name="Item">About this item; null: about the request.</param>
/// <param name="Unresolved">References that lead nowhere: for them a permit did not apply, or a deny did.</param>
internal sealed record TraceEntry(
    Directive Consent, Provision? Provision, bool Decided, Reason Reason, string? Item, IReadOnlyList<string> Unresolved);

/// <summary>Explains an answer. It is told in full up to a bound; what decided is told beyond it.</summary>
internal sealed class Trace
{
    public const int Most = 1000;

    readonly List<TraceEntry> _entries = [];

    public IReadOnlyList<TraceEntry> Entries => _entries;

    public int Omitted { get; private set; }

    /// <summary>Of what was concluded, about the request and then about each item.</summary>
    public static Trace Of(IReadOnlyList<Directive> consents, Question q, Conclusion conclusion, IReadOnlyList<(Item Item, Conclusion Conclusion)> items)
    {
        var trace = new Trace();
        trace.Explain(consents, q, null, conclusion);
        foreach (var (item, about) in items)
            trace.Explain(consents, q, item, about);
        return trace;
    }

    void Explain(IReadOnlyList<Directive> consents, Question q, Item? item, Conclusion conclusion)
    {
        foreach (var (index, d) in consents.Index())
        {
            var reason = new Hearing().Hear(index, d, q, item, out var word);
            if (reason is not (Reason.None or Reason.Separate))
            {
                Add(new(d, null, false, reason, item?.Reference, []));
                continue;
            }
            if (d.Provisions.Length == 0)
                Add(new(d, null, false, Reason.Silent, item?.Reference, []));
            var last = conclusion.Consent == index ? Reason.None : reason is Reason.Separate ? reason : Reason.Outvoted;
            for (var i = 0; i < d.Provisions.Length; i++)
                Explain(d, d.Provisions[i], q, item, i == word.Provision ? last : null);
        }
    }

    /// <param name="decisive">Where it is the consent's last word: why that did not decide either, if it did not.</param>
    void Explain(Directive d, Provision p, Question q, Item? item, Reason? decisive)
    {
        var unresolved = false;
        var reason = Matching.Test(p, q, item, ref unresolved);
        if (reason is Reason.None)
            reason = decisive ?? (item is null && p.IsOfSomeData(q) ? Reason.OfSomeData : Reason.Overridden);
        Add(new(d, p, reason is Reason.None, reason, item?.Reference, unresolved ? Unresolved(p) : []));
    }

    void Add(TraceEntry entry)
    {
        if (_entries.Count < Most || entry.Decided)
            _entries.Add(entry);
        else
            Omitted++;
    }

    static IReadOnlyList<string> Unresolved(Provision p) => [.. (p.Actors?.Unresolved ?? []).Concat(p.Data?.Unresolved ?? []).Distinct().Take(20)];
}

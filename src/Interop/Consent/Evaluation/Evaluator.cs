using Interop.Consent.Packs;

namespace Interop.Consent.Evaluation;

internal sealed record ItemDecision(string Reference, Decision Decision);

/// <summary>
/// What was decided. What goes with a permit, and why it is so, follows from that and never changes: it is worked out when
/// somebody asks, which may be after the locks under which it was decided.
/// </summary>
internal sealed class Evaluated(IReadOnlyList<Directive> consents, Question q, Conclusion conclusion, IReadOnlyList<(Item Item, Conclusion Conclusion)> items, Pack pack)
{
    public Decision Decision => conclusion.Decision;

    public Directive? DecidedBy { get; } = conclusion.Consent < 0 ? null : consents[conclusion.Consent];

    /// <summary>The law under which the deciding consent was read, or where none decided, the one asked under.</summary>
    public Pack Pack => DecidedBy?.Pack ?? pack;

    public IReadOnlyList<ItemDecision> Items { get; } = [.. items.Select(i => new ItemDecision(i.Item.Reference, i.Conclusion.Decision))];

    public IReadOnlyList<Obligation> Obligations => field ??= Evaluation.Obligations.Of(consents, q, conclusion);

    public Trace Trace => field ??= Trace.Of(consents, q, conclusion, items);

    /// <summary>Works it all out now, where nobody waits for it.</summary>
    public Evaluated Explained()
    {
        _ = (Obligations, Trace);
        return this;
    }
}

/// <summary>The one engine behind every door. Pure: no clock, no I/O, nothing kept between questions.</summary>
internal static class Evaluator
{
    /// <summary>About one item, or without one about the request: permit where any permit provision holds for actor, purpose and time.</summary>
    /// <remarks>Allocates nothing (for consents that tell fewer than 64 kinds of data apart); its cost is linear in provisions.</remarks>
    public static Conclusion Decide(IReadOnlyList<Directive> consents, Question q, Item? item = null)
    {
        var hearing = new Hearing();
        for (var i = 0; i < consents.Count; i++)
            hearing.Hear(i, consents[i], q, item, out _);
        return hearing.Conclude();
    }

    /// <summary>The whole answer.</summary>
    public static Evaluated Evaluate(IReadOnlyList<Directive> consents, Question q, IReadOnlyList<Item> items, Pack pack)
    {
        var about = new (Item, Conclusion)[items.Count];
        for (var i = 0; i < about.Length; i++)
            about[i] = (items[i], Decide(consents, q, items[i]));
        return new(consents, q, Decide(consents, q), about, pack);
    }
}

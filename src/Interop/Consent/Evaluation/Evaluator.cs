using Interop.Consent.Packs;

namespace Interop.Consent.Evaluation;

internal sealed record ItemDecision(string Reference, Decision Decision);

/// <param name="Pack">The law under which the deciding consent was read, or where none decided, the one asked under.</param>
internal sealed record Evaluated(
    Decision Decision, Directive? DecidedBy, IReadOnlyList<Obligation> Obligations, IReadOnlyList<ItemDecision> Items, Trace Trace, Pack Pack);

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

    /// <summary>The whole answer, explained.</summary>
    public static Evaluated Evaluate(IReadOnlyList<Directive> consents, Question q, IReadOnlyList<Item> items, Pack pack)
    {
        var trace = new Trace();
        var conclusion = Decide(consents, q);
        trace.Explain(consents, q, null, conclusion);
        var decisions = new List<ItemDecision>(items.Count);
        foreach (var item in items)
        {
            var about = Decide(consents, q, item);
            trace.Explain(consents, q, item, about);
            decisions.Add(new(item.Reference, about.Decision));
        }
        var by = conclusion.Consent < 0 ? null : consents[conclusion.Consent];
        return new(conclusion.Decision, by, ObligationsOf(consents, q, conclusion), decisions, trace, by?.Pack ?? pack);
    }

    static IReadOnlyList<Obligation> ObligationsOf(IReadOnlyList<Directive> consents, Question q, Conclusion conclusion)
    {
        if (conclusion.Decision is not Decision.Permit)
            return [];
        if (conclusion.Ordinary)
            return Obligations.Of([.. consents.Where(d => new Hearing().Hear(0, d, q, null, out _) is Reason.None)], q);
        var standing = consents[conclusion.Consent].Standing;
        return Obligations.Of([.. consents.Where(d => d.Standing == standing && new Hearing().Hear(0, d, q, null, out var word) is Reason.None && word.Said is Said.Permits)], q);
    }
}

using Interop.Consent.Evaluation;

namespace Interop.Consent.Packs;

/// <summary>Something that only a consent about it and nothing else can permit (42 CFR 2.31(b), (d)).</summary>
/// <param name="Kind">counselling-notes, proceedings.</param>
/// <param name="Labels">Data that carries one of these labels needs it.</param>
/// <param name="Purposes">A request for one of these purposes needs it.</param>
internal sealed record SeparateConsent(string Kind, CodeSet Labels, CodeSet Purposes)
{
    /// <summary>Whether a permit of this consent is one of a general consent for what needs its own.</summary>
    public static bool IsLacking(Directive d, Question q, Item? item)
    {
        foreach (var need in d.NeedingTheirOwn)
            if ((need.Purposes.Overlaps(q.Purposes) || (item is not null && need.Labels.Overlaps(item.Labels.Codes))) && !d.Separate.Contains(need))
                return true;
        return false;
    }

    /// <summary>It says so itself, or every permit in it is for these purposes or these labels alone.</summary>
    public bool IsMetBy(Directive d) =>
        d.Categories.Contains(new(CodeSystems.ConsentKind, Kind))
        || (d.Provisions.Any(p => p.Effect is Effect.Permit) && d.Provisions.All(p => p.Effect is Effect.Deny || IsAbout(p)));

    bool IsAbout(Provision p) =>
        (p.Labels is { Written.Count: > 0 } labels && labels.Written.All(Labels.Contains))
        || (p.Purposes is { Codes.Count: > 0 } purposes && purposes.Codes.All(Purposes.Contains));
}

namespace Interop.Consent.Evaluation;

/// <summary>Who asks, or on whose behalf: one of the names that they go by.</summary>
/// <param name="Names">With every other name that the surroundings know of them.</param>
/// <param name="Roles">null: whichever.</param>
internal sealed record Actor(Names Names, CodeSet? Roles = null);

/// <summary>One actor that a provision names.</summary>
/// <param name="Names">With every other name, and the names of all members where it is a group.</param>
/// <param name="Unresolved">The references that lead nowhere: who is meant, or who belongs to it, cannot be told.</param>
internal sealed record NamedActor(CodeSet? Roles, Names Names, IReadOnlyList<string> Unresolved)
{
    public Match Matches(Actor actor)
    {
        if (Roles is not null && actor.Roles is not null && !Roles.Overlaps(actor.Roles))
            return Match.No;
        if (Names.Overlaps(actor.Names))
            return Match.Yes;
        // Named by identifier only, and asked for by a reference of which no identifier is known: they may be one.
        return Unresolved.Count > 0 || (!Names.HasReference && !actor.Names.HasIdentifier) ? Match.Unknown : Match.No;
    }
}

/// <summary>The actors of a provision: any of them will do.</summary>
internal sealed class ActorSet(IReadOnlyList<NamedActor> actors)
{
    readonly NamedActor[] _actors = [.. actors];

    public IEnumerable<string> Unresolved => _actors.SelectMany(a => a.Unresolved);

    public Match Meets(Actor[] asking)
    {
        var match = Match.No;
        foreach (var named in _actors)
        foreach (var actor in asking)
            switch (named.Matches(actor))
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

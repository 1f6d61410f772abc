namespace Interop.Consent.Evaluation;

/// <summary>A resource that references can lead to.</summary>
/// <param name="Members">Of a group or care team, whom it consists of; null: it has none.</param>
/// <param name="IsListed">false: a group that is described, not listed; who belongs to it cannot be told.</param>
internal sealed record Known(string Type, Names Names, Names RefersTo, IReadOnlyList<Names>? Members, bool IsListed);

/// <summary>The resources that came with the question, by every name that they go by.</summary>
internal sealed class Surroundings
{
    readonly Dictionary<string, Known> _known = new(StringComparer.Ordinal);
    readonly Dictionary<Known, NamedActor> _actors = [];
    Surroundings? _beyond;

    public void Add(Known known)
    {
        foreach (var name in known.Names.All)
            _known.TryAdd(name, known);
    }

    /// <summary>These, and more that only one consent can see.</summary>
    public Surroundings With(IEnumerable<Known> contained)
    {
        var all = new Surroundings { _beyond = this };
        foreach (var known in contained)
            all.Add(known);
        return all;
    }

    public Known? Find(Names names)
    {
        foreach (var name in names.All)
            if (_known.TryGetValue(name, out var known))
                return known;
        return _beyond?.Find(names);
    }

    /// <summary>Whoever asks, with every name that is known of them.</summary>
    public Actor Actor(Names names, CodeSet? roles) => new(Find(names) is { } known ? new(names.All.Concat(known.Names.All)) : names, roles);

    /// <summary>Whom a provision means: the one referred to, and where that is a group its members, and theirs.</summary>
    /// <param name="written">How the consent refers to them, for the trace.</param>
    public NamedActor Named(CodeSet? roles, Names names, string written)
    {
        if (Find(names) is not { } known)
            // An identifier says who is meant by itself; a reference that leads nowhere does not.
            return new(roles, names, names.HasIdentifier ? [] : [written]);
        if (!_actors.TryGetValue(known, out var named))
            _actors[known] = named = Expand(known);
        return named with { Roles = roles, Names = names.All.All(named.Names.Contains) ? named.Names : new(names.All.Concat(named.Names.All)) };
    }

    /// <summary>Groups can contain each other, and themselves: each is looked into once.</summary>
    NamedActor Expand(Known start)
    {
        var (names, unresolved, seen, left) = (new List<string>(), new List<string>(), new HashSet<Known> { start }, new Queue<Known>([start]));
        while (left.TryDequeue(out var next))
        {
            names.AddRange(next.Names.All);
            if (!next.IsListed)
                unresolved.Add(next.Names.All[0]);
            foreach (var member in next.Members ?? [])
                if (Find(member) is not { } known)
                {
                    names.AddRange(member.All);
                    if (member.IsEmpty || member.All.Any(IsGroup))
                        unresolved.Add(member.All.FirstOrDefault("?"));
                }
                else if (seen.Add(known))
                    left.Enqueue(known);
        }
        return new(null, new(names), unresolved);
    }

    static bool IsGroup(string name) => name.StartsWith("Group/", StringComparison.Ordinal) || name.StartsWith("CareTeam/", StringComparison.Ordinal);
}

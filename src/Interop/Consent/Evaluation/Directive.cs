using Interop.Consent.Packs;

namespace Interop.Consent.Evaluation;

/// <summary>By what right a consent speaks where several do (the six steps of <see cref="Hearing"/>).</summary>
internal enum Standing
{
    Ordinary,

    /// <summary>Bound to one matter, its recipients and its purpose (42 CFR 2.35).</summary>
    Justice,

    /// <summary>A documented emergency (42 CFR 2.51) or a registered court order (2.61 to 2.66): no consent, but heard with them.</summary>
    WithoutConsent,
}

/// <summary>A consent as the engine reads it: what it states about disclosure, wherever it was written.</summary>
internal sealed class Directive
{
    /// <summary>How the answer names it.</summary>
    public required string Reference { get; init; }
    public string? Version { get; init; }

    /// <summary>FHIR's: only <c>active</c> counts.</summary>
    public required string Status { get; init; }
    public Interval Period { get; init; } = Interval.Always;

    /// <summary>Scope and categories together.</summary>
    public CodeSet Categories { get; init; } = new([]);
    public Standing Standing { get; init; }

    /// <summary>Whose consent it is, where it says so.</summary>
    public Names Patient { get; init; } = Names.None;
    public string? Matter { get; init; }
    public string? Discloser { get; init; }

    /// <summary>The law under which it is read.</summary>
    public required Pack Pack { get; init; }

    /// <summary>What it leaves to consents of their own, whatever the law's pack says.</summary>
    public IReadOnlyList<SeparateConsent> KeptApart { get; init; } = [];

    /// <summary>Everything that a general consent of this kind and law cannot permit.</summary>
    public SeparateConsent[] NeedingTheirOwn { get; private set; } = [];

    /// <summary>The root first, then every other in no particular order.</summary>
    public required Provision[] Provisions { get; init; }

    /// <summary>One more than the largest <see cref="Provision.DataKey"/>.</summary>
    public int KeyCount { get; private set; }

    /// <summary>Which of the needs for a separate consent it meets: it is about that and nothing else.</summary>
    public SeparateConsent[] Separate { get; private set; } = [];

    /// <summary>The labels of those needs that it does not meet.</summary>
    public Code[] NotItsToPermit { get; private set; } = [];

    /// <summary>Works out what is asked at every decision, once.</summary>
    public Directive Prepared()
    {
        var keys = new DataKeys();
        foreach (var p in Provisions)
        {
            p.DataKey = keys.Of(p);
            p.IsUnbound = Standing is Standing.Justice && p.Effect is Effect.Permit && (p.Actors is null || p.Purposes is null);
        }
        KeyCount = keys.Count + 1;
        NeedingTheirOwn = [.. Pack.Separate, .. KeptApart];
        Separate = [.. NeedingTheirOwn.Where(s => s.IsMetBy(this))];
        NotItsToPermit = [.. NeedingTheirOwn.Except(Separate).SelectMany(s => s.Labels.Codes)];
        return this;
    }
}

/// <summary>Numbers what provisions say of the data, so that those which mean the same are told from those which do not.</summary>
internal sealed class DataKeys
{
    readonly Dictionary<object, int> _seen = new(ReferenceEqualityComparer.Instance); // inherited constraints are the same objects
    readonly Dictionary<string, int> _alike = new(StringComparer.Ordinal);
    readonly Dictionary<(int, int, int, Interval?, int, Effect?), int> _keys = [];

    public int Count => _keys.Count;

    /// <summary>0: all data.</summary>
    public int Of(Provision p)
    {
        // A permit and a deny of one level of confidentiality mean different data.
        var key = (
            Id(p.Labels, l => Text(l.Written)), Id(p.Classes, c => Text(c.Codes)), Id(p.Codes, c => Text(c.Codes) + c.IsOpaque), p.DataPeriod,
            Id(p.Data, d => string.Join('\n', d.All.Select(n => $"{n.Meaning} {n.Written}").Order(StringComparer.Ordinal))),
            p.Labels?.HasConfidentiality is true ? p.Effect : (Effect?)null);
        return key == default ? 0 : _keys.TryGetValue(key, out var known) ? known : _keys[key] = _keys.Count + 1;
    }

    int Id<T>(T? constraint, Func<T, string> describe) where T : class
    {
        if (constraint is null)
            return 0;
        if (_seen.TryGetValue(constraint, out var known))
            return known;
        var text = describe(constraint);
        return _seen[constraint] = _alike.TryGetValue(text, out var alike) ? alike : _alike[text] = _alike.Count + 1;
    }

    static string Text(IReadOnlyList<Code> codes) => string.Join('\n', codes.Select(c => c.ToString()).Order(StringComparer.Ordinal));
}

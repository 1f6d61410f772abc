namespace Interop.Consent.Evaluation;

/// <summary>What an enforcement point must do with what is permitted. Codes as the consents wrote them; data of any of them.</summary>
/// <param name="Id">REDACT, or what the pack asks for with every permit.</param>
/// <param name="Except">What is described is kept and everything else removed, instead of the other way round.</param>
internal sealed record Obligation(Code Id, bool Except, IReadOnlyList<Code> Codes, IReadOnlyList<Interval> DataPeriods, IReadOnlyList<NamedData> Data);

/// <summary>
/// What a permit leaves out, as far as lists of codes can tell it. Where they cannot, more is removed rather than less: the
/// decision about each resource is exact.
/// </summary>
internal static class Obligations
{
    /// <summary>A permit that rests on several conditions multiplies; beyond so many lists it is left out of what is kept.</summary>
    const int MostLists = 16;

    static readonly Code s_redact = new(CodeSystems.ActCode, "REDACT");

    public static IReadOnlyList<Obligation> Of(IReadOnlyList<Directive> consents, Question q)
    {
        var heard = consents.Select(d => Said.Of(d, q)).Where(s => s is not null).Select(s => s!).ToList();
        if (heard.Count == 0)
            return [];
        var obligations = new List<Obligation>();
        // Who permits only some of the data and denies the rest binds everybody; who says nothing of the rest, only where nobody permits it.
        foreach (var kept in heard.Where(s => s.DeniesRest).Select(s => s.Permits).DefaultIfEmpty(heard.Any(s => s.PermitsAll) ? [] : [.. heard.SelectMany(s => s.Permits)]))
            obligations.AddRange(Lists(kept).Select(l => l.ToObligation(s_redact, except: true)));
        var denied = new Description();
        foreach (var condition in heard.SelectMany(s => s.Denies).SelectMany(ConditionsOf))
            denied.Add(condition);
        foreach (var label in heard.Where(s => s.Permits.Count > 0 || s.PermitsAll).SelectMany(s => s.NotItsToPermit))
            denied.Codes.Add(label);
        if (!denied.IsEmpty)
            obligations.Add(denied.ToObligation(s_redact, except: false));
        obligations.AddRange(heard.Where(s => s.Permits.Count > 0 || s.PermitsAll).SelectMany(s => s.Consent.Pack.Obligations).Distinct().Select(id => new Obligation(id, false, [], [], [])));
        return obligations.Count < 2 ? obligations : [.. obligations.DistinctBy(o => (o.Id, o.Except, string.Join(' ', o.Codes), string.Join(' ', o.DataPeriods), string.Join(' ', o.Data.Select(d => d.Written))))];
    }

    /// <summary>(A and B) or C is (A or C) and (B or C): each list names what is kept, and all must keep it.</summary>
    static List<Description> Lists(IReadOnlyList<Provision> permits)
    {
        if (permits.Count == 0)
            return [];
        var lists = new List<Description> { new() };
        foreach (var conditions in permits.OrderBy(p => ConditionsOf(p).Count()).Select(p => ConditionsOf(p).ToList()))
            if (lists.Count * conditions.Count <= MostLists)
                lists = [.. lists.SelectMany(l => conditions.Select(l.With))];
        return lists;
    }

    /// <summary>Each of the constraints on data, as what it describes.</summary>
    static IEnumerable<Description> ConditionsOf(Provision p)
    {
        if (p.Labels is { } labels)
            yield return new() { Codes = [.. labels.Written] };
        if (p.Classes is { } classes)
            yield return new() { Codes = [.. classes.Codes] };
        if (p.Codes is { } codes)
            yield return new() { Codes = [.. codes.Codes] };
        if (p.DataPeriod is { } period)
            yield return new() { DataPeriods = [period] };
        if (p.Data is { } data)
            yield return new() { Data = [.. data.All] };
    }

    /// <summary>What one consent leaves open after its provisions have overridden each other.</summary>
    sealed record Said(Directive Consent, bool PermitsAll, bool DeniesRest, IReadOnlyList<Provision> Permits, IReadOnlyList<Provision> Denies, IReadOnlyList<Code> NotItsToPermit)
    {
        public static Said? Of(Directive d, Question q)
        {
            if (Matching.Test(d, q, null) is not Reason.None)
                return null;
            var winners = new int[d.KeyCount];
            Reading.Winners(d, q, winners);
            var all = winners[0] < 0 ? null : d.Provisions[winners[0]];
            var permits = winners[1..].Where(w => Reading.Survives(d, w, winners[0])).Select(w => d.Provisions[w])
                .Where(p => p.Effect is Effect.Permit && all?.Effect is not Effect.Permit).OrderBy(p => p.Depth).ToList();
            // A deny is overridden for good only by a permit of the same data that can be told for certain: else the two part where it cannot.
            var denies = Reading.Applying(d, q).Where(i => d.Provisions[i] is { Effect: Effect.Deny } p && p.IsOfSomeData(q) && Reading.Survives(d, i, winners[0])
                && (!p.IsCertain || d.Provisions[winners[p.DataKey]].Effect is Effect.Deny)).Select(i => d.Provisions[i]);
            if (all?.Effect is Effect.Deny) // what it denies beneath every permit is denied anyway
                denies = permits.Count == 0 ? [] : denies.Where(p => p.Depth >= permits[0].Depth);
            var separate = d.NeedingTheirOwn.Except(d.Separate).SelectMany(s => s.Labels.Codes);
            return new(d, all?.Effect is Effect.Permit, all?.Effect is Effect.Deny && permits.Count > 0, permits, [.. denies], [.. separate]);
        }
    }

    /// <summary>Data, described by any of these.</summary>
    sealed class Description
    {
        public List<Code> Codes { get; init; } = [];
        public List<Interval> DataPeriods { get; init; } = [];
        public List<NamedData> Data { get; init; } = [];

        public bool IsEmpty => Codes.Count + DataPeriods.Count + Data.Count == 0;

        public Description With(Description other) => new()
        {
            Codes = [.. Codes, .. other.Codes],
            DataPeriods = [.. DataPeriods, .. other.DataPeriods],
            Data = [.. Data, .. other.Data],
        };

        public void Add(Description other)
        {
            Codes.AddRange(other.Codes);
            DataPeriods.AddRange(other.DataPeriods);
            Data.AddRange(other.Data);
        }

        public Obligation ToObligation(Code id, bool except) => new(id, except, [.. Codes.Distinct()], [.. DataPeriods.Distinct()], [.. Data.Distinct()]);
    }
}

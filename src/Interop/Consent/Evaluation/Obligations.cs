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

    /// <summary>Of those whose word made it a permit.</summary>
    public static IReadOnlyList<Obligation> Of(IReadOnlyList<Directive> consents, Question q, Conclusion conclusion)
    {
        if (conclusion.Decision is not Decision.Permit)
            return [];
        Standing? standing = conclusion.Ordinary ? null : consents[conclusion.Consent].Standing;
        var heard = new List<Said>();
        foreach (var d in consents)
            if (new Hearing().Hear(0, d, q, null, out var word) is Reason.None
                && (standing is null || (d.Standing == standing && word.Said is Evaluation.Said.Permits)))
                heard.Add(Said.Of(d, q));
        return Of(heard);
    }

    static IReadOnlyList<Obligation> Of(List<Said> heard)
    {
        var kept = new List<Description>();
        // Who permits only some of the data and denies the rest binds everybody; who says nothing of the rest, only where nobody permits it.
        if (heard.Exists(s => s.DeniesRest))
            foreach (var said in heard.FindAll(s => s.DeniesRest))
                kept.AddRange(Lists(said.Permits));
        else if (!heard.Exists(s => s.PermitsAll))
            kept = Lists(heard is [var only] ? only.Permits : [.. heard.SelectMany(s => s.Permits)]);
        var obligations = kept.ConvertAll(l => l.ToObligation(s_redact, except: true));
        if (obligations.Count > 1)
            obligations = [.. obligations.DistinctBy(o => (string.Join(' ', o.Codes), string.Join(' ', o.DataPeriods), string.Join(' ', o.Data.Select(d => d.Written))))];

        var denied = new List<Description>();
        foreach (var said in heard)
            foreach (var provision in said.Denies)
                denied.AddRange(ConditionsOf(provision));
        var permitting = heard.FindAll(s => s.Permits.Count > 0 || s.PermitsAll);
        foreach (var said in permitting)
            if (said.Consent.NotItsToPermit is { Length: > 0 } others)
                denied.Add(new() { Codes = others });
        if (denied.Exists(d => !d.IsEmpty))
            obligations.Add(Description.Of(denied).ToObligation(s_redact, except: false));

        foreach (var id in permitting is [var one] ? one.Consent.Pack.Obligations : permitting.SelectMany(s => s.Consent.Pack.Obligations).Distinct())
            obligations.Add(new(id, false, [], [], []));
        return obligations;
    }

    /// <summary>(A and B) or C is (A or C) and (B or C): each list names what is kept, and all must keep it.</summary>
    static List<Description> Lists(IReadOnlyList<Provision> permits)
    {
        if (permits.Count < 2)
            return [.. permits.SelectMany(ConditionsOf)];
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
            yield return new() { Codes = labels.Written };
        if (p.Classes is { } classes)
            yield return new() { Codes = classes.Codes };
        if (p.Codes is { } codes)
            yield return new() { Codes = codes.Codes };
        if (p.DataPeriod is { } period)
            yield return new() { DataPeriods = [period] };
        if (p.Data is { } data)
            yield return new() { Data = data.All };
    }

    /// <summary>What one consent leaves open after its provisions have overridden each other.</summary>
    sealed record Said(Directive Consent, bool PermitsAll, bool DeniesRest, List<Provision> Permits, List<Provision> Denies)
    {
        /// <param name="d">Applies to the question.</param>
        public static Said Of(Directive d, Question q)
        {
            var winners = new int[d.KeyCount];
            Reading.Winners(d, q, winners);
            var all = winners[0] < 0 ? null : d.Provisions[winners[0]];
            var (permits, denies) = (new List<Provision>(), new List<Provision>());
            if (all?.Effect is not Effect.Permit)
                foreach (var winner in winners.AsSpan(1))
                    if (Reading.Survives(d, winner, winners[0]) && d.Provisions[winner] is { Effect: Effect.Permit } p)
                        permits.Add(p);
            if (permits.Count > 1)
                permits = [.. permits.OrderBy(p => p.Depth)];
            // A deny is overridden for good only by a permit of the same data that can be told for certain: else the two part where it cannot.
            foreach (var i in Reading.Applying(d, q))
                if (d.Provisions[i] is { Effect: Effect.Deny } p && p.IsOfSomeData(q) && Reading.Survives(d, i, winners[0])
                    && (!p.IsCertain || d.Provisions[winners[p.DataKey]].Effect is Effect.Deny))
                    denies.Add(p);
            if (all?.Effect is Effect.Deny) // what it denies beneath every permit is denied anyway
                denies = permits.Count == 0 ? [] : denies.FindAll(p => p.Depth >= permits[0].Depth);
            return new(d, all?.Effect is Effect.Permit, all?.Effect is Effect.Deny && permits.Count > 0, permits, denies);
        }
    }

    /// <summary>Data, described by any of these.</summary>
    sealed class Description
    {
        public IReadOnlyList<Code> Codes { get; init; } = [];
        public IReadOnlyList<Interval> DataPeriods { get; init; } = [];
        public IReadOnlyList<NamedData> Data { get; init; } = [];

        public bool IsEmpty => Codes.Count + DataPeriods.Count + Data.Count == 0;

        public Description With(Description other) => new()
        {
            Codes = [.. Codes, .. other.Codes],
            DataPeriods = [.. DataPeriods, .. other.DataPeriods],
            Data = [.. Data, .. other.Data],
        };

        public static Description Of(List<Description> parts) => new()
        {
            Codes = [.. parts.SelectMany(p => p.Codes)],
            DataPeriods = [.. parts.SelectMany(p => p.DataPeriods)],
            Data = [.. parts.SelectMany(p => p.Data)],
        };

        public Obligation ToObligation(Code id, bool except) => new(id, except, Once(Codes), Once(DataPeriods), Once(Data));

        static IReadOnlyList<T> Once<T>(IReadOnlyList<T> all) => all.Count < 2 ? all : [.. all.Distinct()];
    }
}

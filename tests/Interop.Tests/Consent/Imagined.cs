namespace Interop.Tests.Consent;

/// <summary>Cases at random, from few values, so that they meet.</summary>
sealed class Imagined(int seed)
{
    static readonly string[] s_dates = ["2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04", "2026-01", "2025", "2026", "2026-01-02T12:00:00Z", "2026-01-03T00:00:00+02:00"];
    static readonly string[] s_instants = ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-02T12:00:00Z", "2026-01-03T00:00:00Z", "2026-01-03T05:00:00Z", "2026-01-04T23:59:59.9999999Z", "2026-01-05T00:00:00Z"];
    static readonly string[] s_named = ["Organization/a", "Organization/a", "Organization/b", "urn:x|A", "urn:x|B", "Group/g", "Group/h", "Group/k", "Organization/x", "Practitioner/p", "urn:x|Z", "Group/missing"];
    static readonly string[] s_asking = ["Organization/a", "urn:x|A", "Organization/b", "urn:x|B", "Organization/x", "Practitioner/p", "urn:x|Z", "Organization/y"];
    static readonly string[] s_purposes = ["reason|TREAT", "ours|treatment", "TREAT", "reason|HRESCH", "ours|justice-monitoring", "urn:other|TREAT"];
    static readonly string[] s_asked = ["TREAT", "treatment", "reason|TREAT", "research", "justice-monitoring", "urn:other|TREAT", "no-such-purpose"];
    static readonly string[] s_labels = ["conf|L", "conf|N", "conf|R", "conf|V", "act|ETH", "act|ETHUD", "act|HIV"];
    static readonly string[] s_references = ["Observation/1", "Condition/2", "Observation/3", "Practitioner/p"];

    readonly Random _random = new(seed);

    public WrittenCase Case() => new()
    {
        Consents = Some(Chance(3) ? 3 : 1, 1, i => Consent($"c{i}")),
        Question = new()
        {
            AsOf = Of(s_instants),
            Actors = Some(Chance(8) ? 2 : 1, 1, _ => new WrittenActor(Chance(6) ? Of("role|IRCP", "role|CST") : null, Of(s_asking))),
            Purpose = Of(s_asked),
            Action = Chance(3) ? Of("access", "disclose") : null,
            Classes = Chance(5) ? [Of("type|Observation", "type|Condition")] : [],
            Categories = Chance(5) ? [Of("scope|patient-privacy", "scope|research")] : [],
        },
        Resources = Some(3, 0, i => Resource(i + 1)),
    };

    WrittenConsent Consent(string id) => new()
    {
        Id = id,
        Status = Chance(12) ? Of("inactive", "draft") : "active",
        PolicyRule = Chance(3) ? Of("OPTIN", "OPTOUT") : null,
        Scopes = Chance(8) ? [Of("research", "treatment")] : ["patient-privacy"],
        ScopeInCategory = Chance(3),
        IsJustice = Chance(15),
        Offset = Chance(3) ? Of(-5, 2) : null,
        Root = Chance(12) ? null : Provision(0, Chance(3) ? null : Of("permit", "deny")),
    };

    WrittenProvision Provision(int depth, string? type) => new()
    {
        Type = type,
        Period = Chance(6) ? Period() : null,
        Actors = Chance(3) ? Some(2, 1, _ => new WrittenActor(Chance(4) ? Of("role|IRCP", "role|CST") : null, Of(s_named))) : [],
        Actions = Chance(8) ? [Of("action|access", "action|disclose")] : [],
        Labels = Chance(4) ? Some(2, 1, _ => Of(s_labels)) : [],
        Purposes = Chance(4) ? Some(2, 1, _ => Of(s_purposes)) : [],
        Classes = Chance(5) ? Some(2, 1, _ => Of("type|Observation", "type|Condition")) : [],
        Codes = Chance(6) ? Some(2, 1, _ => Of("loinc|1", "loinc|2")) : [],
        DataPeriod = Chance(8) ? Period() : null,
        Data = Chance(8) ? Some(2, 1, _ => (Of("instance", "related", "dependents", "authoredby"), Of(s_references))) : [],
        Children = depth < 3 ? Some(depth == 0 ? 3 : 2, 0, _ => Provision(depth + 1, Of("permit", "deny"))) : [],
    };

    WrittenResource Resource(int number) => new()
    {
        Type = number == 2 ? "Condition" : "Observation",
        Id = $"{number}",
        Labels = Some(2, 0, _ => Of(s_labels)),
        Codes = Some(2, 0, _ => Of("loinc|1", "loinc|2", "loinc|3")),
        Date = Chance(4) ? null : Of(s_dates),
        RefersTo = Chance(2) ? [Of(s_references)] : [],
        Author = Chance(2) ? Of("Practitioner/p", "Practitioner/q") : null,
    };

    (string?, string?) Period() => (Chance(3) ? null : Of(s_dates), Of(s_dates));

    bool Chance(int oneIn) => _random.Next(oneIn) == 0;

    T Of<T>(params T[] values) => values[_random.Next(values.Length)];

    IReadOnlyList<T> Some<T>(int most, int least, Func<int, T> make) => [.. Enumerable.Range(0, _random.Next(least, most + 1)).Select(make).Distinct()];
}

/// <summary>Makes a case that fails smaller, for as long as it goes on failing.</summary>
static class Shrinking
{
    public static WrittenCase Smallest(WrittenCase failing, Func<WrittenCase, bool> fails)
    {
        for (var found = true; found;)
        {
            found = false;
            foreach (var smaller in Smaller(failing))
                if (Fails(smaller))
                {
                    (failing, found) = (smaller, true);
                    break;
                }
        }
        return failing;

        bool Fails(WrittenCase c)
        {
            try
            {
                return fails(c);
            }
            catch (Exception e) when (e is InvalidOperationException or KeyNotFoundException)
            {
                return false;
            }
        }
    }

    static IEnumerable<WrittenCase> Smaller(WrittenCase c)
    {
        foreach (var consents in Without(c.Consents))
            yield return c with { Consents = consents };
        foreach (var resources in Without(c.Resources))
            yield return c with { Resources = resources };
        foreach (var question in new[] { c.Question with { Action = null }, c.Question with { Classes = [] }, c.Question with { Categories = [] }, c.Question with { Actors = [c.Question.Actors[0]] } })
            if (!question.Equals(c.Question) && question.ToJson().ToJsonString() != c.Question.ToJson().ToJsonString())
                yield return c with { Question = question };
        foreach (var (i, consent) in c.Consents.Index())
            foreach (var smaller in Smaller(consent))
                yield return c with { Consents = [.. c.Consents.Take(i), smaller, .. c.Consents.Skip(i + 1)] };
        foreach (var (i, r) in c.Resources.Index())
            foreach (var smaller in new[] { r with { Labels = [] }, r with { Codes = [] }, r with { Date = null }, r with { RefersTo = [] }, r with { Author = null } })
                if (smaller.ToJson().ToJsonString() != r.ToJson().ToJsonString())
                    yield return c with { Resources = [.. c.Resources.Take(i), smaller, .. c.Resources.Skip(i + 1)] };
    }

    static IEnumerable<WrittenConsent> Smaller(WrittenConsent c)
    {
        foreach (var smaller in new[] { c with { PolicyRule = null }, c with { Offset = null }, c with { IsJustice = false }, c with { ScopeInCategory = false } })
            if (smaller.ToJson().ToJsonString() != c.ToJson().ToJsonString())
                yield return smaller;
        foreach (var root in c.Root is null ? [] : Smaller(c.Root))
            yield return c with { Root = root };
    }

    static IEnumerable<WrittenProvision> Smaller(WrittenProvision p)
    {
        foreach (var children in Without(p.Children))
            yield return p with { Children = children };
        foreach (var smaller in new[]
        {
            p with { Period = null }, p with { Actors = [.. p.Actors.Skip(1)] }, p with { Actions = [] }, p with { Labels = [.. p.Labels.Skip(1)] }, p with { Purposes = [.. p.Purposes.Skip(1)] },
            p with { Classes = [.. p.Classes.Skip(1)] }, p with { Codes = [.. p.Codes.Skip(1)] }, p with { DataPeriod = null }, p with { Data = [.. p.Data.Skip(1)] },
        })
            if (smaller.ToJson().ToJsonString() != p.ToJson().ToJsonString())
                yield return smaller;
        foreach (var (i, child) in p.Children.Index())
            foreach (var smaller in Smaller(child))
                yield return p with { Children = [.. p.Children.Take(i), smaller, .. p.Children.Skip(i + 1)] };
    }

    static IEnumerable<IReadOnlyList<T>> Without<T>(IReadOnlyList<T> list) => list.Select((_, i) => (IReadOnlyList<T>)[.. list.Take(i), .. list.Skip(i + 1)]);
}

using System.Globalization;

namespace Interop.Tests.Consent;

/// <summary>
/// The rules of DOMAIN.md once more, written apart from the engine and in another way: sets instead of a walk. For each provision
/// it works out from scratch what binds it; of each constraint, whether it is surely met and whether it possibly is; then takes the
/// set of provisions that apply and picks from it.
/// </summary>
static class Naive
{
    /// <param name="Depth">How deep the provision stands.</param>
    /// <param name="Data">What of the data it speaks of, in words; empty: all of it.</param>
    /// <param name="Named">It is about somebody or something by name.</param>
    sealed record Applies(int Depth, string Type, string Data, bool Named);

    public static string Decide(WrittenCase c) => Combine(c.Consents.Select(consent => Words(consent, c, null)));

    public static string Decide(WrittenCase c, WrittenResource r) => Combine(c.Consents.Select(consent => Words(consent, c, r)));

    /// <summary>The six steps, as questions to the whole set.</summary>
    static string Combine(IEnumerable<(string Said, bool Justice, bool Named)> words)
    {
        var all = words.ToHashSet();
        if (all.Any(w => w is { Said: "permit", Justice: true }))
            return "permit"; // stands against everything under the plain default
        if (all.Any(w => w.Said == "deny"))
            return "deny";
        if (all.Any(w => w.Said == "permit"))
            return "permit";
        return all.Any(w => w.Said == "deny-some") ? "deny" : "no-consent";
    }

    static (string Said, bool Justice, bool Named) Words(WrittenConsent consent, WrittenCase c, WrittenResource? r)
    {
        var nothing = ("nothing", false, false);
        var justice = consent.IsJustice || consent.Root?.Purposes is { Count: > 0 } purposes && purposes.All(p => Purposes(p).Contains("ours|justice-monitoring"));
        var at = DateTimeOffset.Parse(c.Question.AsOf, CultureInfo.InvariantCulture).UtcDateTime.Ticks;
        if (consent.Status != "active" || !Within(at, consent.Root?.Period, consent.Offset))
            return nothing;
        if (c.Question.Categories.Count > 0 && !c.Question.Categories.Any(asked => consent.Scopes.Contains(Json.Split(asked).Value)))
            return nothing;
        var applying = Provisions(consent).Select(path => Apply(path, consent, justice, c, r, at)).OfType<Applies>().ToHashSet();
        if (r is not null)
            return Pick(applying) is { } one ? (one.Type, justice, one.Named) : nothing;
        // Without a resource: who speaks of all data against the winners among those who speak of the same data.
        var all = Pick(applying.Where(a => a.Data.Length == 0));
        var groups = applying.Where(a => a.Data.Length > 0).GroupBy(a => a.Data).Select(g => Pick(g)!).Where(a => all is null || Pick([a, all]) != all).ToHashSet();
        if (all?.Type == "permit" || groups.Any(g => g.Type == "permit"))
            return ("permit", justice, false);
        return all is not null ? ("deny", justice, all.Named) : groups.Count > 0 ? ("deny-some", justice, true) : nothing;
    }

    static Applies? Pick(IEnumerable<Applies> applying)
    {
        var all = applying.ToHashSet();
        if (all.Count == 0)
            return null;
        var deepest = all.Where(a => a.Depth == all.Max(b => b.Depth)).ToHashSet();
        return deepest.FirstOrDefault(a => a.Type == "deny" && a.Named) ?? deepest.FirstOrDefault(a => a.Type == "deny") ?? deepest.First();
    }

    /// <summary>Every provision as the way to it from the root.</summary>
    static IEnumerable<IReadOnlyList<WrittenProvision>> Provisions(WrittenConsent consent)
    {
        if (consent.Root is null)
            return consent.PolicyRule is null ? [] : [[new() { Type = RuleType(consent) }]];
        return Below([consent.Root with { Type = consent.Root.Type ?? RuleType(consent) }]);

        static IEnumerable<IReadOnlyList<WrittenProvision>> Below(IReadOnlyList<WrittenProvision> way) =>
            way[^1].Children.SelectMany(child => Below([.. way, child])).Prepend(way);
    }

    static string? RuleType(WrittenConsent consent) => consent.PolicyRule switch { "OPTIN" => "permit", "OPTOUT" => "deny", _ => null };

    static Applies? Apply(IReadOnlyList<WrittenProvision> way, WrittenConsent consent, bool justice, WrittenCase c, WrittenResource? r, long at)
    {
        var type = way[^1].Type;
        if (type is null)
            return null;
        IReadOnlyList<T> List<T>(Func<WrittenProvision, IReadOnlyList<T>> of) => way.Reverse().Select(of).FirstOrDefault(l => l.Count > 0) ?? [];
        (string?, string?)? One(Func<WrittenProvision, (string?, string?)?> of) => way.Reverse().Select(of).FirstOrDefault(p => p is not null);
        var (actors, actions, labels, purposes) = (List(p => p.Actors), List(p => p.Actions), List(p => p.Labels), List(p => p.Purposes));
        var (classes, codes, data) = (List(p => p.Classes), List(p => p.Codes), List(p => p.Data));
        var (period, dataPeriod) = (One(p => p.Period), One(p => p.DataPeriod));
        if (justice && type == "permit" && (actors.Count == 0 || purposes.Count == 0))
            return null;
        var q = c.Question;
        var met = new List<(bool Surely, bool Possibly)>
        {
            Plain(Within(at, period, consent.Offset)),
            Plain(purposes.Count == 0 || purposes.SelectMany(Purposes).Any(p => Purposes(q.Purpose).Any(asked => Same(p, asked)))),
            actors.Count == 0 ? Plain(true) : Any(actors.SelectMany(named => q.Actors.Select(asking => Is(named, asking)))),
            Plain(actions.Count == 0 || q.Action is null || actions.Any(a => Json.Split(a).Value == q.Action)),
        };
        if (r is null)
        {
            if (q.Classes.Count > 0)
                met.Add(Plain(classes.Count == 0 || classes.Any(q.Classes.Contains)));
        }
        else
        {
            met.Add(Plain(labels.Count == 0 || labels.Any(l => Covers(l, r.Labels, type))));
            met.Add(Plain(classes.Count == 0 || classes.Contains($"type|{r.Type}")));
            met.Add(Plain(codes.Count == 0 || codes.Any(r.Codes.Contains)));
            met.Add(dataPeriod is null ? Plain(true) : OfAge(r.Date, dataPeriod.Value, consent.Offset));
            met.Add(data.Count == 0 ? Plain(true) : Any(data.Select(d => Means(d.Meaning, d.Reference, r, c))));
        }
        if (!met.All(m => type == "permit" ? m.Surely : m.Possibly))
            return null;
        var words = new[]
        {
            string.Join(',', labels.Order(StringComparer.Ordinal)), q.Classes.Count > 0 ? "" : string.Join(',', classes.Order(StringComparer.Ordinal)), string.Join(',', codes.Order(StringComparer.Ordinal)),
            dataPeriod is var (first, last) ? $"{(first is null ? 0 : First(first, consent.Offset))}-{(last is null ? 0 : Last(last, consent.Offset))}" : "", string.Join(',', data.Order()),
        };
        var described = words.All(w => w.Length == 0) ? "" : string.Join(';', words) + string.Join(',', classes.Order(StringComparer.Ordinal)) + (labels.Any(l => l.StartsWith("conf", StringComparison.Ordinal)) ? type : "");
        return new(way.Count, type, r is null ? described : "", actors.Count + labels.Count + classes.Count + codes.Count + data.Count > 0 || dataPeriod is not null);
    }

    static (bool Surely, bool Possibly) Plain(bool holds) => (holds, holds);

    static (bool Surely, bool Possibly) Any(IEnumerable<(bool Surely, bool Possibly)> all)
    {
        var list = all.ToList();
        return (list.Any(m => m.Surely), list.Any(m => m.Possibly));
    }

    // What the fixed context says of everybody.
    static readonly Dictionary<string, (string[] Who, bool Unresolved)> s_named = new()
    {
        ["Organization/a"] = (["A"], false), ["urn:x|A"] = (["A"], false), ["Organization/b"] = (["B"], false), ["urn:x|B"] = (["B"], false),
        ["Group/g"] = (["A", "g"], false), ["Group/h"] = (["A", "P", "g", "h"], false), ["Group/k"] = (["B", "k"], true),
        ["Organization/x"] = (["X"], true), ["Practitioner/p"] = (["P"], true), ["urn:x|Z"] = (["Z"], false), ["Group/missing"] = (["missing"], true),
    };

    static readonly Dictionary<string, (string Who, bool HasIdentifier)> s_asking = new()
    {
        ["Organization/a"] = ("A", true), ["urn:x|A"] = ("A", true), ["Organization/b"] = ("B", true), ["urn:x|B"] = ("B", true),
        ["Organization/x"] = ("X", false), ["Practitioner/p"] = ("P", false), ["urn:x|Z"] = ("Z", true), ["Organization/y"] = ("Y", false),
    };

    static (bool Surely, bool Possibly) Is(WrittenActor named, WrittenActor asking)
    {
        if (named.Role is not null && asking.Role is not null && named.Role != asking.Role)
            return (false, false);
        var ((who, unresolved), (asked, hasIdentifier)) = (s_named[named.Who], s_asking[asking.Who]);
        return who.Contains(asked) ? (true, true) : (false, unresolved || (named.Who == "urn:x|Z" && !hasIdentifier));
    }

    static (bool Surely, bool Possibly) Means(string meaning, string named, WrittenResource r, WrittenCase c) => meaning switch
    {
        "authoredby" => Plain(r.Author == named),
        _ when r.Reference == named => Plain(true),
        "dependents" => Plain(r.RefersTo.Contains(named) || r.Author == named),
        "related" when c.Resources.FirstOrDefault(o => o.Reference == named) is { } found => Plain(found.RefersTo.Contains(r.Reference) || found.Author == r.Reference),
        "related" => (false, true),
        _ => Plain(false),
    };

    static bool Covers(string label, IReadOnlyList<string> carried, string type)
    {
        const string Levels = "ULMNRV";
        if (!label.StartsWith("conf|", StringComparison.Ordinal))
            return carried.Any(l => l == label || (label == "act|ETH" && (l == "act|ETHUD" || l == "act|OPIOIDUD")));
        var own = carried.Where(l => l.StartsWith("conf|", StringComparison.Ordinal)).Select(l => Levels.IndexOf(l[^1], StringComparison.Ordinal)).DefaultIfEmpty(Levels.IndexOf('N', StringComparison.Ordinal)).Max();
        var level = Levels.IndexOf(label[^1], StringComparison.Ordinal);
        return type == "permit" ? own <= level : own >= level;
    }

    static IEnumerable<string> Purposes(string purpose)
    {
        yield return purpose;
        switch (Json.Split(purpose))
        {
            case ("" or "reason", "TREAT"):
            case ("", "treatment"):
                yield return "ours|treatment";
                break;
            case ("" or "reason", "HRESCH"):
                yield return "ours|research";
                break;
            case ("", "justice-monitoring"):
                yield return "ours|justice-monitoring";
                break;
        }
    }

    static bool Same(string one, string other)
    {
        var ((s1, v1), (s2, v2)) = (Json.Split(one), Json.Split(other));
        return v1 == v2 && (s1 == s2 || s1.Length == 0 || s2.Length == 0);
    }

    static bool Within(long at, (string? Start, string? End)? period, int? offset) =>
        period is not var (start, end) || ((start is null || First(start, offset) <= at) && (end is null || at < Last(end, offset)));

    static (bool Surely, bool Possibly) OfAge(string? date, (string? Start, string? End) period, int? offset)
    {
        var (from, until) = (period.Start is null ? long.MinValue : First(period.Start, offset), period.End is null ? long.MaxValue : Last(period.End, offset));
        if (date is null)
            return (false, true);
        // The data's own date is read in the asker's zone.
        var (first, last) = (First(date, 0), date.Contains('T', StringComparison.Ordinal) ? First(date, 0) + 1 : Last(date, 0));
        return from >= until ? (false, false) : (from <= first && last <= until, first < until && from < last);
    }

    static long First(string text, int? offset) => text.Contains('T', StringComparison.Ordinal)
        ? DateTimeOffset.Parse(text, CultureInfo.InvariantCulture).UtcTicks
        : Day(text).Ticks - TimeSpan.FromHours(offset ?? 0).Ticks;

    static long Last(string text, int? offset) => text.Contains('T', StringComparison.Ordinal)
        ? First(text, offset)
        : (text.Length switch { 4 => Day(text).AddYears(1), 7 => Day(text).AddMonths(1), _ => Day(text).AddDays(1) }).Ticks - TimeSpan.FromHours(offset ?? 0).Ticks;

    static DateTime Day(string text) => DateTime.ParseExact(text + "-01-01"[(text.Length - 4)..], "yyyy-MM-dd", CultureInfo.InvariantCulture);
}

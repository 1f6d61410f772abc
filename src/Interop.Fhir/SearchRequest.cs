using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Interop.Platform;
using Interop.Platform.Http;
using Interop.Referrals;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Interop.Fhir;

/// <summary>One value of a token parameter. A null system is any; an empty one is none.</summary>
internal sealed record Token(string? System, string Value);

/// <summary>A time as a date parameter gives it: as long as it is precise.</summary>
internal sealed record TimeRange(string Prefix, DateTimeOffset Start, DateTimeOffset End)
{
    /// <summary>The first instant that it holds; null where none is the first.</summary>
    public DateTimeOffset? From => Prefix switch { "le" or "lt" => null, "gt" => End, _ => Start };

    /// <summary>The first instant after it; null where none is.</summary>
    public DateTimeOffset? To => Prefix switch { "ge" or "gt" => null, "lt" => Start, _ => End };

    public bool Contains(DateTimeOffset t) => Prefix switch
    {
        "ge" => t >= Start,
        "gt" => t >= End,
        "le" => t < End,
        "lt" => t < Start,
        _ => t >= Start && t < End,
    };
}

/// <summary>
/// A search as it was asked: each parameter's values are or'ed within one occurrence and and'ed across several. What is not
/// supported is left out, here and in the self link, unless the caller handles strictly.
/// </summary>
internal sealed partial class SearchRequest
{
    const int ValuesAtMost = 1000;
    const string Count = "_count", Cursor = "_cursor", Summary = "_summary", Total = "_total", Format = "_format";

    readonly List<Fault> _faults = [];
    readonly List<(string Key, string Value)> _kept = [];
    readonly Dictionary<string, List<List<string>>> _values = new(StringComparer.Ordinal);
    readonly HashSet<string> _byIdentifier = new(StringComparer.Ordinal);

    public int Limit { get; private set; } = Query.DefaultLimit;
    public Guid? After { get; private set; }

    /// <summary>Where the page before ended, of a type that does not page by ids, as it was given.</summary>
    public string? Position { get; private set; }
    public Counting Counting { get; private set; } = Counting.Bounded;

    /// <summary>Only the number is asked for.</summary>
    public bool OnlyCount { get; private set; }

    /// <summary>What was understood, for the self link and the log.</summary>
    public IReadOnlyList<(string Key, string Value)> Kept => _kept;

    public Refusal? Refusal => _faults.Count == 0 ? null : Refusal.BadQuery(_faults);

    public static SearchRequest Read(FhirType type, IEnumerable<KeyValuePair<string, StringValues>> parameters, bool strict)
    {
        var search = new SearchRequest();
        foreach (var (key, values) in parameters)
        foreach (var value in values)
            search.Take(type, key, value ?? "", strict);
        if (search.Limit == 0)
            search.OnlyCount = true;
        if (search.OnlyCount)
            search.Counting = Counting.Whole;
        return search;
    }

    /// <summary>Every occurrence of a token parameter.</summary>
    public IEnumerable<IReadOnlyList<Token>> Tokens(string name) => Occurrences(name).Select(o => o.Select(TokenOf).ToList());

    /// <summary>The codes of a code parameter that every occurrence allows; null where it is not given.</summary>
    public IReadOnlyList<string>? Codes(string name, string system, IReadOnlyList<string> known)
    {
        IEnumerable<string>? codes = null;
        foreach (var tokens in Tokens(name))
        {
            foreach (var unknown in tokens.Where(t => !known.Contains(t.Value)))
                Fail(name, "code.unknown", string.Join(", ", known));
            var named = tokens.Where(t => t.System is null || t.System == system).Select(t => t.Value).ToList();
            codes = codes?.Intersect(named) ?? named;
        }
        return codes?.Distinct().ToList();
    }

    /// <summary>The ids that every occurrence allows; null where it is not given. What is no UUID names nothing.</summary>
    public IReadOnlyList<Guid>? Ids(string name, Func<string, string?> idOf)
    {
        IEnumerable<Guid>? ids = null;
        foreach (var values in Occurrences(name))
        {
            var named = values.Select(v => idOf(Unescape(v))).Where(v => Guid.TryParseExact(v, "D", out _)).Select(v => Guid.ParseExact(v!, "D")).ToList();
            ids = ids?.Intersect(named) ?? named;
        }
        return ids?.Distinct().ToList();
    }

    /// <summary>The organisations that every occurrence allows; null where it is not given.</summary>
    public IReadOnlyList<string>? Organisations(string name)
    {
        IEnumerable<string>? slugs = null;
        foreach (var values in Occurrences(name))
        {
            var named = _byIdentifier.Contains(name)
                ? values.Select(TokenOf).Where(t => t.System is null or Systems.Organisation).Select(t => t.Value).ToList()
                : values.Select(v => IdIn("Organization", Unescape(v))).OfType<string>().ToList();
            slugs = slugs?.Intersect(named) ?? named;
        }
        return slugs?.Distinct().ToList();
    }

    public IReadOnlyList<IReadOnlyList<TimeRange>> Times(string name)
    {
        var all = new List<IReadOnlyList<TimeRange>>();
        foreach (var values in Occurrences(name))
        {
            var ranges = values.Select(TimeOf).ToList();
            if (ranges.Any(r => r is null))
                Fail(name, "fhir.time");
            else
                all.Add(ranges!);
        }
        return all;
    }

    /// <summary><c>id</c>, <c>Type/id</c> or an address that ends so.</summary>
    public static string? IdIn(string type, string reference)
    {
        var parts = reference.Split('/');
        return parts.Length == 1 ? reference : parts[^2] == type ? parts[^1] : null;
    }

    /// <summary>The address of this search, or of its page after <paramref name="cursor"/>.</summary>
    public string Link(string address, string? cursor = null) =>
        Link(address, cursor is { } after ? _kept.Where(k => k.Key != Cursor).Append((Cursor, after)) : _kept);

    /// <summary>
    /// The search as the log has it: of an identifier of persons its system alone. It may be of somebody whom nobody here knows, and the
    /// entry about no person whose key could be destroyed.
    /// </summary>
    public string Recorded(FhirType type) =>
        Link(type.Name, type != FhirTypes.PatientType ? _kept : _kept.Select(k => k.Key.Split(':')[0] == FhirTypes.Identifier ? (k.Key, string.Join(',', k.Value.Split(',').Select(SystemOf))) : k));

    static string SystemOf(string token) => token.Split('|') is [var system, _] && Uri.IsWellFormedUriString(system, UriKind.Absolute) ? $"{system}|*" : "*";

    static string Link(string address, IEnumerable<(string Key, string Value)> parameters)
    {
        var link = new StringBuilder(address);
        var separator = '?';
        foreach (var (key, value) in parameters)
        {
            link.Append(separator).Append(Uri.EscapeDataString(key)).Append('=').Append(Uri.EscapeDataString(value));
            separator = '&';
        }
        return link.ToString();
    }

    public void Fail(string name, string code, params object[] arguments)
    {
        if (!_faults.Any(f => f.Path == name && f.Code == code))
            _faults.Add(new(name, code, arguments));
    }

    void Take(FhirType type, string key, string value, bool strict)
    {
        var (name, modifier) = key.IndexOf(':') is var colon and > 0 ? (key[..colon], key[(colon + 1)..]) : (key, "");
        var parameter = type.Parameters.FirstOrDefault(p => p.Name == name);
        if (parameter is null && name is not (Count or Cursor or Summary or Total or Format))
        {
            if (strict)
                Fail(Shown(key), "query.unknown", string.Join(", ", type.Parameters.Select(p => p.Name)));
            return;
        }
        if (modifier.Length > 0 && parameter?.Modifiers.Contains(modifier) is not true)
            Fail(Shown(key), "fhir.modifier");
        else if (value.Length == 0)
            Fail(name, "text.empty");
        else if (value.Any(c => char.IsControl(c) || c == '\uFFFD') || !Unicode.IsWellFormed(value))
            Fail(name, "text.control");
        else if (parameter is not null)
            Keep(key, name, modifier, value);
        else
            Control(type, name, value, strict);
    }

    void Keep(string key, string name, string modifier, string value)
    {
        var values = Split(value, ',').ToList();
        if (values.Count > ValuesAtMost)
        {
            Fail(name, "list.long", ValuesAtMost);
            return;
        }
        if (modifier == "identifier")
            _byIdentifier.Add(name);
        if (!_values.TryGetValue(name, out var occurrences))
            _values[name] = occurrences = [];
        occurrences.Add(values);
        _kept.Add((key, value));
    }

    void Control(FhirType type, string name, string value, bool strict)
    {
        switch (name)
        {
            case Count when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var count):
                Limit = Math.Min(count, Query.MaxLimit); // fewer than asked for is FHIR's own permission
                break;
            case Count:
                Fail(name, "number.range", 0, Query.MaxLimit);
                return;
            case Cursor when type == FhirTypes.AuditEvent:
                Position = value;
                break;
            case Cursor when Cursors.Read(value) is { } after:
                After = after;
                break;
            case Cursor:
                Fail(name, "cursor.bad");
                return;
            case Summary when value is "count":
                OnlyCount = true;
                break;
            case Summary when value is "false":
                break;
            case Summary when value is "true" or "text" or "data" && !strict:
                return; // whole resources, and the self link says so
            case Summary:
                Fail(name, "code.unknown", "count, false");
                return;
            case Total when value is "none":
                Counting = Counting.None;
                break;
            case Total when value is "estimate":
                Counting = Counting.Bounded;
                break;
            case Total when value is "accurate":
                Counting = Counting.Whole;
                break;
            case Total:
                Fail(name, "code.unknown", "none, estimate, accurate");
                return;
            default: // _format, which was looked at before
                break;
        }
        _kept.Add((name, name == Count ? Limit.ToString(CultureInfo.InvariantCulture) : value));
    }

    /// <summary>Every occurrence of a parameter, its values as they were written.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Occurrences(string name) => _values.GetValueOrDefault(name) ?? [];

    /// <summary>Whether it was asked with <c>:identifier</c>.</summary>
    public bool IsByIdentifier(string name) => _byIdentifier.Contains(name);

    static Token TokenOf(string text) => Split(text, '|').ToList() switch
    {
        [var value] => new(null, Unescape(value)),
        [var system, var value] => new(Unescape(system), Unescape(value)),
        var parts => new(Unescape(parts[0]), Unescape(string.Join('|', parts.Skip(1)))),
    };

    /// <summary>At separators that are not escaped with a backslash; escapes stay.</summary>
    static IEnumerable<string> Split(string text, char separator)
    {
        var start = 0;
        for (var i = 0; i < text.Length; i++)
            if (text[i] == '\\')
                i++;
            else if (text[i] == separator)
            {
                yield return text[start..i];
                start = i + 1;
            }
        yield return text[start..];
    }

    static string Unescape(string text) => text.Contains('\\') ? Escape().Replace(text, "$1") : text;

    static TimeRange? TimeOf(string text)
    {
        var prefix = text.Length > 2 && char.IsAsciiLetter(text[0]) ? text[..2] : "";
        if (prefix is not ("" or "eq" or "ge" or "gt" or "le" or "lt"))
            return null;
        var match = Time().Match(text[prefix.Length..]);
        if (!match.Success)
            return null;
        var (year, month, day) = (Part(1) ?? 0, Part(2), Part(3));
        try
        {
            var zone = match.Groups[8].Value is "" or "Z" or "z" ? TimeSpan.Zero : ZoneOf(match.Groups[8].Value);
            var start = new DateTimeOffset(year, month ?? 1, day ?? 1, Part(4) ?? 0, Part(5) ?? 0, Part(6) ?? 0, zone);
            if (year is < 1900 or >= 2200)
                return null;
            var end = month is null ? start.AddYears(1) : day is null ? start.AddMonths(1) : Part(4) is null ? start.AddDays(1) : Part(6) is null ? start.AddMinutes(1) : start.AddSeconds(1);
            if (match.Groups[7] is { Success: true, Value: var fraction })
            {
                start = start.AddTicks(long.Parse(fraction.PadRight(7, '0')[..7], CultureInfo.InvariantCulture));
                end = start.AddTicks((long)Math.Pow(10, Math.Max(0, 7 - Math.Max(fraction.Length, 1))));
                if (fraction.Length >= 6)
                    end = start.AddTicks(TimeSpan.TicksPerMicrosecond); // as precise as we keep
            }
            return new(prefix, start.ToUniversalTime(), end.ToUniversalTime());
        }
        catch (ArgumentOutOfRangeException) // the 31st of February
        {
            return null;
        }

        int? Part(int group) => match.Groups[group] is { Success: true, Value: var digits } ? int.Parse(digits, CultureInfo.InvariantCulture) : null;
    }

    static TimeSpan ZoneOf(string zone)
    {
        var offset = new TimeSpan(int.Parse(zone[1..3], CultureInfo.InvariantCulture), int.Parse(zone[4..6], CultureInfo.InvariantCulture), 0);
        return zone[0] == '-' ? -offset : offset;
    }

    static string Shown(string key) => new([.. (key.Length > 60 ? key[..60] : key).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c)]);

    [GeneratedRegex(@"\\(.)", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Escape();

    // A plus sign that was not escaped arrives as a space.
    [GeneratedRegex(@"^([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})(?:[Tt]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?([Zz]|[+ -][0-9]{2}:[0-9]{2})?)?)?)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Time();
}

/// <summary>Where a page ended: opaque to the caller.</summary>
internal static class Cursors
{
    public static Guid? Read(string text) =>
        System.Buffers.Text.Base64Url.IsValid(text, out var length) && length == 32
        && Guid.TryParseExact(Encoding.ASCII.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(text)), "N", out var id) ? id : null;
}

using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml;

namespace Interop.Platform.Http;

/// <summary>
/// One object of a request's body. Each member is asked for by name; what is missing, of the wrong type, out of its bounds or
/// left over when all was asked becomes a fault at its path, so that one answer names them all. Values returned beside a fault
/// are placeholders: look at <see cref="Refusal"/> before using any.
/// </summary>
internal sealed partial class Fields
{
    readonly Dictionary<string, JsonElement> _members = new(StringComparer.Ordinal);
    readonly HashSet<string> _asked = new(StringComparer.Ordinal);
    readonly List<Fault> _faults;
    readonly string _path;

    Fields(JsonElement element, string path, List<Fault> faults)
    {
        (_path, _faults) = (path, faults);
        if (element.ValueKind is not JsonValueKind.Object)
        {
            faults.Add(new(path, "type.object"));
            return;
        }
        try
        {
            foreach (var member in element.EnumerateObject())
                _members[member.Name] = member.Value;
        }
        catch (InvalidOperationException) // a member whose very name is not Unicode
        {
            faults.Add(new(path, "text.unicode"));
        }
    }

    /// <summary>Reads a whole body with <paramref name="read"/>, every fault collected.</summary>
    public static T Read<T>(JsonElement body, Func<Fields, T> read, out Refusal? refusal)
    {
        var faults = new List<Fault>();
        var fields = new Fields(body, "", faults);
        var value = read(fields);
        fields.RefuseRest();
        refusal = faults.Count == 0 ? null : Platform.Refusal.Invalid(faults);
        return value;
    }

    public bool Has(string name) => _members.TryGetValue(name, out var value) && value.ValueKind is not JsonValueKind.Null;

    /// <summary>True while nothing under this object's root was found wrong.</summary>
    public bool Sound => _faults.Count == 0;

    public void Fail(string name, string code, params object[] arguments) => _faults.Add(new(At(name), code, arguments));

    /// <summary>Text without control characters (line breaks and tabs aside), between 1 and <paramref name="max"/> UTF-16 units.</summary>
    public string? Text(string name, int max, bool required = true)
    {
        if (Member(name, required) is not { } value || !String(value, At(name), out var text))
            return null;
        if (text.Trim().Length == 0)
            Fail(name, "text.empty");
        else if (text.Length > max)
            Fail(name, "text.long", max);
        else
            return text;
        return null;
    }

    public string? Code(string name, IReadOnlyCollection<string> allowed, bool required = true)
    {
        if (Member(name, required) is not { } value || !String(value, At(name), out var text))
            return null;
        if (allowed.Contains(text))
            return text;
        Fail(name, "code.unknown", string.Join(", ", allowed));
        return null;
    }

    /// <summary>An RFC 3339 instant, in whole microseconds, between 1900 and 2200.</summary>
    public DateTimeOffset? Instant(string name, bool required = true)
    {
        if (Member(name, required) is not { } value || !String(value, At(name), out var text))
            return null;
        if (Rfc3339().IsMatch(text) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var instant))
        {
            if (instant.Year is >= 1900 and < 2200)
                return Clock.WholeMicroseconds(instant);
            Fail(name, "date.absurd");
        }
        else
            Fail(name, "type.instant");
        return null;
    }

    /// <summary>An instant, or a date: its first moment, or where <paramref name="end"/> the first moment after it.</summary>
    public DateTimeOffset? InstantOrDate(string name, bool end, TimeZoneInfo zone, bool required = true)
    {
        if (!_members.TryGetValue(name, out var value) || value.ValueKind is not JsonValueKind.String || !DateOnlyText(value, out var date))
            return Instant(name, required);
        _asked.Add(name);
        if (date.Year is < 1900 or >= 2200)
        {
            Fail(name, "date.absurd");
            return null;
        }
        var midnight = (end ? date.AddDays(1) : date).ToDateTime(TimeOnly.MinValue, DateTimeKind.Unspecified);
        while (zone.IsInvalidTime(midnight))
            midnight = midnight.AddMinutes(30); // a day that begins after its clocks went forward at midnight
        return new DateTimeOffset(midnight, zone.GetUtcOffset(midnight)).ToUniversalTime();
    }

    public DateOnly? Date(string name, bool required = true)
    {
        if (Member(name, required) is not { } value || !String(value, At(name), out _))
            return null;
        if (!DateOnlyText(value, out var date))
            Fail(name, "type.date");
        else if (date.Year is < 1900 or >= 2200)
            Fail(name, "date.absurd");
        else
            return date;
        return null;
    }

    /// <summary>An ISO 8601 duration of at least a day and at most ten years: P7D, P1M.</summary>
    public string? Duration(string name)
    {
        if (Text(name, 40) is not { } text)
            return null;
        try
        {
            if (XmlConvert.ToTimeSpan(text) is var span && span >= TimeSpan.FromDays(1) && span <= TimeSpan.FromDays(3660))
                return text;
            Fail(name, "duration.range");
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            Fail(name, "type.duration");
        }
        return null;
    }

    public int? Integer(string name, int min, int max, bool required = true)
    {
        if (Member(name, required) is not { } value)
            return null;
        if (value.ValueKind is not JsonValueKind.Number || !value.TryGetInt32(out var number))
            Fail(name, "type.integer");
        else if (number < min || number > max)
            Fail(name, "number.range", min, max);
        else
            return number;
        return null;
    }

    public bool? Boolean(string name, bool required = false)
    {
        if (Member(name, required) is not { } value)
            return null;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return value.GetBoolean();
        Fail(name, "type.boolean");
        return null;
    }

    public Id<T>? Id<T>(string name, bool required = true) => Uuid(name, required) is { } id ? new(id) : null;

    public Guid? Uuid(string name, bool required = true)
    {
        if (Member(name, required) is not { } value || !String(value, At(name), out var text))
            return null;
        if (Guid.TryParseExact(text, "D", out var id))
            return id;
        Fail(name, "type.uuid");
        return null;
    }

    public T? Object<T>(string name, Func<Fields, T> read, bool required = true) where T : class =>
        Member(name, required) is { } value ? Nested(value, At(name), read) : null;

    public IReadOnlyList<T> Objects<T>(string name, Func<Fields, T> read, int max, bool required = true) where T : class =>
        List(name, (value, path) => Nested(value, path, read), max, required);

    public IReadOnlyList<string> Texts(string name, int maxLength, int max, bool required = true) =>
        List(name, (value, path) =>
        {
            if (!String(value, path, out var text))
                return null;
            if (text.Trim().Length > 0 && text.Length <= maxLength)
                return text;
            _faults.Add(text.Trim().Length == 0 ? new(path, "text.empty") : new(path, "text.long", maxLength));
            return null;
        }, max, required);

    public IReadOnlyList<string> Codes(string name, Func<string, bool> allowed, string names, int max, bool required = true) =>
        List(name, (value, path) =>
        {
            if (!String(value, path, out var text))
                return null;
            if (allowed(text))
                return text;
            _faults.Add(new(path, "code.unknown", names));
            return null;
        }, max, required);

    public IReadOnlyList<string> Codes(string name, IReadOnlyCollection<string> allowed, int max, bool required = true) =>
        Codes(name, allowed.Contains, string.Join(", ", allowed), max, required);

    /// <summary>A member as it came, for the few that take more than one shape.</summary>
    public JsonElement? Any(string name, bool required = true) => Member(name, required);

    public T Nested<T>(JsonElement value, string path, Func<Fields, T> read) where T : class
    {
        var nested = new Fields(value, path, _faults);
        var result = read(nested);
        nested.RefuseRest();
        return result;
    }

    /// <summary>A string of well-formed Unicode that both databases can keep.</summary>
    public bool String(JsonElement value, string path, out string text)
    {
        text = "";
        if (value.ValueKind is not JsonValueKind.String)
        {
            _faults.Add(new(path, "type.text"));
            return false;
        }
        try
        {
            text = value.GetString()!;
        }
        catch (InvalidOperationException) // a lone surrogate
        {
            _faults.Add(new(path, "text.unicode"));
            return false;
        }
        if (text.Any(c => char.IsControl(c) && c is not ('\n' or '\r' or '\t')))
        {
            _faults.Add(new(path, "text.control"));
            return false;
        }
        return true;
    }

    public string At(string name) => _path.Length == 0 ? name : $"{_path}.{name}";

    IReadOnlyList<T> List<T>(string name, Func<JsonElement, string, T?> read, int max, bool required) where T : class
    {
        if (Member(name, required) is not { } value)
            return [];
        if (value.ValueKind is not JsonValueKind.Array)
        {
            Fail(name, "type.list");
            return [];
        }
        if (value.GetArrayLength() == 0 && required)
            Fail(name, "required");
        if (value.GetArrayLength() > max)
        {
            Fail(name, "list.long", max);
            return [];
        }
        var items = new List<T>();
        foreach (var item in value.EnumerateArray())
            if (read(item, $"{At(name)}[{items.Count}]") is { } one)
                items.Add(one);
            else
                items.Add(null!); // keeps the indices of the faults that follow right; never used beside a fault
        return items;
    }

    JsonElement? Member(string name, bool required)
    {
        _asked.Add(name);
        if (Has(name))
            return _members[name];
        if (required)
            Fail(name, "required");
        return null;
    }

    void RefuseRest()
    {
        foreach (var name in _members.Keys)
            if (!_asked.Contains(name))
                _faults.Add(new(At(Shown(name)), "member.unknown"));
    }

    /// <summary>A member's name is the caller's text: shortened, and without what would break a log or a terminal.</summary>
    static string Shown(string name) =>
        new([.. (name.Length > 60 ? name[..60] : name).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c)]);

    static bool DateOnlyText(JsonElement value, out DateOnly date)
    {
        date = default;
        try
        {
            return DateOnly.TryParseExact(value.GetString(), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out date);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})\z", RegexOptions.CultureInvariant)]
    private static partial Regex Rfc3339();
}

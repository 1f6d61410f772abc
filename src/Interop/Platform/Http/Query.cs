using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;

namespace Interop.Platform.Http;

/// <summary>A page of a list. <c>next</c> is null on the last one.</summary>
internal sealed record Page<T>(IReadOnlyList<T> Items, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Next) : INoticed
{
    [JsonIgnore]
    public bool HasNotice => Items.Any(i => i is INoticed { HasNotice: true });
}

/// <summary>A request's query: each parameter asked for by name; bad values and parameters that nobody asked for become faults.</summary>
internal sealed class Query(HttpContext http)
{
    public const int DefaultLimit = 50;
    public const int MaxLimit = 500;

    readonly HashSet<string> _asked = new(StringComparer.Ordinal);
    readonly List<Fault> _faults = [];

    public string? Text(string name, int max = 200)
    {
        _asked.Add(name);
        var values = http.Request.Query[name];
        if (values.Count == 0)
            return null;
        if (values.Count > 1)
            _faults.Add(new(name, "query.repeated"));
        else if (values[0] is not { Length: > 0 } text)
            _faults.Add(new(name, "text.empty"));
        else if (text.Length > max)
            _faults.Add(new(name, "text.long", max));
        else if (text.Any(c => char.IsControl(c) || c == '\uFFFD' || char.IsSurrogate(c) && !Unicode.IsWellFormed(text)))
            _faults.Add(new(name, "text.control"));
        else
            return text;
        return null;
    }

    public string? Code(string name, IReadOnlyCollection<string> allowed)
    {
        if (Text(name) is not { } text)
            return null;
        if (allowed.Contains(text))
            return text;
        _faults.Add(new(name, "code.unknown", string.Join(", ", allowed)));
        return null;
    }

    /// <summary>An RFC 3339 instant, or a date for its first moment in UTC (or, where <paramref name="end"/>, the first after it).</summary>
    public DateTimeOffset? Instant(string name, bool end = false)
    {
        if (Text(name) is not { } text)
            return null;
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) && date.Year is >= 1900 and < 2200)
            return new DateTimeOffset((end ? date.AddDays(1) : date).ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
        if (text.Contains('T', StringComparison.OrdinalIgnoreCase)
            && DateTimeOffset.TryParse(text.Replace(' ', '+'), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var instant)
            && instant.Year is >= 1900 and < 2200)
            return Clock.WholeMicroseconds(instant);
        _faults.Add(new(name, "type.instant"));
        return null;
    }

    public DateOnly? Date(string name)
    {
        if (Text(name) is not { } text)
            return null;
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) && date.Year is >= 1900 and < 2200)
            return date;
        _faults.Add(new(name, "type.date"));
        return null;
    }

    public bool? Boolean(string name)
    {
        if (Text(name) is not { } text)
            return null;
        if (text is "true" or "false")
            return text == "true";
        _faults.Add(new(name, "type.boolean"));
        return null;
    }

    public Guid? Uuid(string name)
    {
        if (Text(name) is not { } text)
            return null;
        if (Guid.TryParseExact(text, "D", out var id))
            return id;
        _faults.Add(new(name, "type.uuid"));
        return null;
    }

    public int Limit()
    {
        if (Text("limit") is not { } text)
            return DefaultLimit;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= MaxLimit)
            return limit;
        _faults.Add(new("limit", "number.range", 1, MaxLimit));
        return DefaultLimit;
    }

    /// <summary>Where the last page ended, as <see cref="Cursor"/> wrote it; null for the first page.</summary>
    public string? Cursor(Func<string, bool> isSound)
    {
        if (Text("cursor") is not { } text)
            return null;
        if (Base64Url.IsValid(text, out var length) && length <= 200)
        {
            var position = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text));
            if (isSound(position))
                return position;
        }
        _faults.Add(new("cursor", "cursor.bad"));
        return null;
    }

    /// <summary>A cursor that stands after the record with this id.</summary>
    public Guid? CursorId() => Cursor(p => Guid.TryParseExact(p, "N", out _)) is { } position ? Guid.ParseExact(position, "N") : null;

    /// <summary>A cursor that stands after this number.</summary>
    public long? CursorNumber() =>
        Cursor(p => long.TryParse(p, NumberStyles.None, CultureInfo.InvariantCulture, out _)) is { } position ? long.Parse(position, CultureInfo.InvariantCulture) : null;

    public void Fail(string name, string code, params object[] arguments) => _faults.Add(new(name, code, arguments));

    /// <summary>Call last: names every fault, parameters nobody asked for among them. A misspelt filter must not answer everything.</summary>
    public Refusal? Refusal()
    {
        foreach (var name in http.Request.Query.Keys.Where(k => !_asked.Contains(k)))
            _faults.Add(new(name.Length > 60 ? name[..60] : name, "query.unknown", string.Join(", ", _asked.Order(StringComparer.Ordinal))));
        return _faults.Count == 0 ? null : Platform.Refusal.BadQuery(_faults);
    }

    public static string WriteCursor(Guid id) => WriteCursor(id.ToString("N"));

    public static string WriteCursor(long number) => WriteCursor(number.ToString(CultureInfo.InvariantCulture));

    public static string WriteCursor(string position) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(position));
}

internal static class Unicode
{
    /// <summary>Whether every half of a surrogate pair has its other half.</summary>
    public static bool IsWellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                i++;
            else if (char.IsSurrogate(text[i]))
                return false;
        return true;
    }
}

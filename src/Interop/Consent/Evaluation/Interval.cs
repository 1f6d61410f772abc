using System.Globalization;

namespace Interop.Consent.Evaluation;

/// <summary>From an instant, itself included, to another, itself excluded; in UTC ticks.</summary>
internal readonly record struct Interval(long Start, long End)
{
    public static Interval Always { get; } = new(long.MinValue, long.MaxValue);

    public bool IsEmpty => Start >= End;

    public bool Contains(long at) => Start <= at && at < End;

    /// <summary>Whether something of this age lies within: wholly, not at all, or partly, which cannot be told.</summary>
    public Match Covers(Interval age) =>
        IsEmpty || age.End <= Start || End <= age.Start ? Match.No
        : Start <= age.Start && age.End <= End ? Match.Yes
        : Match.Unknown;
}

/// <summary>A FHIR date or time of whatever precision: the interval that it names, read in a zone where it has none of its own.</summary>
internal static class PartialDate
{
    static readonly string[] s_zoned = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mmK"];

    /// <summary>A year, month or day lasts until the next begins; an instant is a tick long.</summary>
    public static bool TryRead(string text, TimeZoneInfo zone, out Interval interval)
    {
        interval = default;
        if (text.Length > 35 || text.Length < 4 || !text.All(char.IsAscii))
            return false;
        if (Calendar(text) is { } day)
        {
            interval = new(Ticks(day.First, zone), day.Next is { } next ? Ticks(next, zone) : long.MaxValue);
            return true;
        }
        text = Shorten(text);
        // What names no zone of its own comes back unspecified, and is read in the given one.
        if (!DateTime.TryParseExact(text, s_zoned, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var local))
            return false;
        if (local.Kind is DateTimeKind.Unspecified)
            interval = At(Ticks(local, zone));
        else if (DateTimeOffset.TryParseExact(text, s_zoned, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant))
            interval = At(instant.UtcTicks);
        else
            return false;
        return true;

        static Interval At(long ticks) => new(ticks, ticks == long.MaxValue ? ticks : ticks + 1);
    }

    /// <summary>Where an interval that ends with this ends: a date is included, an instant is not.</summary>
    public static long EndOf(string text, Interval read) => text.Contains('T', StringComparison.Ordinal) ? read.Start : read.End;

    static (DateTime First, DateTime? Next)? Calendar(string text)
    {
        if (text.Length == 4 && DateTime.TryParseExact(text, "yyyy", CultureInfo.InvariantCulture, DateTimeStyles.None, out var year))
            return (year, year.Year < 9999 ? year.AddYears(1) : null);
        if (text.Length == 7 && DateTime.TryParseExact(text, "yyyy-MM", CultureInfo.InvariantCulture, DateTimeStyles.None, out var month))
            return (month, month is { Year: 9999, Month: 12 } ? null : month.AddMonths(1));
        if (text.Length == 10 && DateTime.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            return (day, day.Date < DateTime.MaxValue.Date ? day.AddDays(1) : null);
        return null;
    }

    /// <summary>More digits of a second than a tick has say nothing to us.</summary>
    static string Shorten(string text)
    {
        if (text.IndexOf('.', StringComparison.Ordinal) is not (> 0 and var dot))
            return text;
        var end = dot + 1;
        while (end < text.Length && char.IsAsciiDigit(text[end]))
            end++;
        return end - dot - 1 <= 7 ? text : string.Concat(text.AsSpan(0, dot + 8), text.AsSpan(end));
    }

    static long Ticks(DateTime local, TimeZoneInfo zone)
    {
        while (zone.IsInvalidTime(local))
            local = local.AddMinutes(30); // a day that begins after its clocks went forward at midnight
        return Math.Clamp(local.Ticks - zone.GetUtcOffset(local).Ticks, 0, DateTime.MaxValue.Ticks);
    }
}

using System.Globalization;

namespace Interop.AuditLog;

/// <summary>Numbers of entries, ascending, as ranges: <c>0-1234,1236</c>. What an archive holds, and what an export leaves to it.</summary>
public static class NumberRanges
{
    /// <summary>Ascending numbers as ranges.</summary>
    public static IReadOnlyList<(long First, long Last)> Of(IEnumerable<long> ascending)
    {
        ArgumentNullException.ThrowIfNull(ascending);
        var ranges = new List<(long First, long Last)>();
        foreach (var number in ascending)
            if (ranges is [.., var last] && last.Last == number - 1) ranges[^1] = (last.First, number);
            else ranges.Add((number, number));
        return ranges;
    }

    public static string Text(IEnumerable<(long First, long Last)> ranges) => string.Join(',', ranges.Select(Text));

    public static string Text((long First, long Last) range) =>
        range.First == range.Last ? range.First.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{range.First}-{range.Last}");

    /// <returns>null: it is none, or they do not ascend.</returns>
    public static IReadOnlyList<(long First, long Last)>? Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var ranges = new List<(long First, long Last)>();
        foreach (var part in text.Split(','))
        {
            var ends = part.Split('-');
            if (ends.Length > 2 || !Number(ends[0], out var first) || !Number(ends[^1], out var last) || last < first || (ranges is [.., var before] && before.Last >= first)) return null;
            ranges.Add((first, last));
        }
        return ranges;
    }

    private static bool Number(string text, out long number) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}

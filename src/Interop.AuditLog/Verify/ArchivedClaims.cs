using System.Text.Json;

namespace Interop.AuditLog;

/// <summary>
/// What an export says is no longer in the database, because it was archived. In a whole export each of these must be told of by an
/// entry of the log itself, with the same numbers: nobody takes entries out by calling them archived.
/// </summary>
public sealed class ArchivedClaims
{
    /// <summary>The operation of the entry that tells of it.</summary>
    public const string Operation = "audit.drop";

    private readonly List<((long First, long Last) Range, long ToldBy)> _open = [];
    private readonly List<(long First, long Last)> _archived = [];

    /// <summary>How many entries are archived.</summary>
    public long Count => _archived.Sum(r => r.Last - r.First + 1);

    internal void Add((long First, long Last) range, long toldBy)
    {
        _archived.Add(range);
        _open.Add((range, toldBy));
    }

    /// <summary>An entry that was proved. Most tell of nothing.</summary>
    internal void Hear(long index, string canonical)
    {
        if (_open.Exists(c => c.ToldBy == index) && Numbers(canonical) is { } told) _open.RemoveAll(c => c.ToldBy == index && told.Contains(c.Range));
    }

    /// <summary>The first range of which no entry tells; null: there is none. What tells of some may be archived itself by now.</summary>
    internal (long First, long Last)? Untold() =>
        _open.Where(c => !_archived.Exists(r => r.First <= c.ToldBy && c.ToldBy <= r.Last)).Select(c => ((long, long)?)c.Range).FirstOrDefault();

    private static IReadOnlyList<(long First, long Last)>? Numbers(string canonical)
    {
        using var entry = JsonDocument.Parse(canonical);
        return entry.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("operation", out var operation) && operation.ValueKind is JsonValueKind.String && operation.GetString() == Operation
            && root.TryGetProperty("details", out var details) && details.ValueKind is JsonValueKind.Object && details.TryGetProperty("numbers", out var numbers) && numbers.ValueKind is JsonValueKind.String
            ? NumberRanges.Parse(numbers.GetString()!)
            : null;
    }
}

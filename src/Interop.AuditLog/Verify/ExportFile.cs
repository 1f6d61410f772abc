using System.Text;
using System.Text.Json;

namespace Interop.AuditLog;

/// <summary>
/// An export of entries: lines of JSON. The first tells the log and its checkpoint, the last how many entries there were; each
/// between them is an entry with the proof that it is in the log as of that checkpoint. Format and reader in one place.
/// </summary>
public sealed class ExportFile(LogTrust trust)
{
    /// <summary>First member of the first line.</summary>
    public const string Format = "interop-audit-export/1";

    private readonly List<Finding> _findings = [];
    private readonly ArchivedClaims _archived = new();
    private long _next; // no index below it is to come
    private int _range; // of the header's numbers, the one that it lies in or before
    private long _count;
    private long _erased;
    private long _sealed;

    /// <summary>
    /// Checks every entry against its leaf and its proof against the signed root, line by line, keeping none. An export without
    /// filters must have every entry, or say that it was archived; an archive those whose numbers it names; of one with filters nobody can
    /// prove that it has all that match.
    /// </summary>
    public async Task<LogReport> VerifyAsync(TextReader file, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (await LineAsync(file, ct) is not { } first || ReadHeader(first) is not { } header) return new() { Findings = Fail("export-malformed", "The file does not begin as an export does.") };
        var opened = OpenedCheckpoint.Open(Encoding.UTF8.GetBytes(header.Checkpoint), trust, _findings);
        if (opened is null) return new() { Findings = _findings };
        var ended = false;
        while (_findings.Count == 0 && await LineAsync(file, ct) is { } line)
        {
            if (ended) Fail("export-malformed", "There is more after the export's end.");
            else if (line.RootElement.TryGetProperty("count", out var count)) ended = CheckEnd(count, header);
            else if (line.RootElement.TryGetProperty("archived", out _)) CheckArchived(line.RootElement, header);
            else CheckEntry(line.RootElement, header, opened.Checkpoint);
            line.Dispose();
        }
        if (_findings.Count == 0 && !ended) Fail("export-incomplete", $"The file breaks off after {_count} entries.");
        return new() { Checkpoint = opened.Checkpoint, SignedBy = opened.SignedBy, CosignedBy = opened.CosignedBy, Entries = _count, Erased = _erased, Sealed = _sealed, Archived = _archived.Count, Findings = _findings };
    }

    /// <summary>The keys that an export names for itself: to be compared with those that the log publishes elsewhere.</summary>
    /// <exception cref="FormatException">It is no export.</exception>
    public static IReadOnlyList<VerifierKey> KeysOf(string firstLine)
    {
        using var line = Parse(firstLine) ?? throw new FormatException("The file is no export.");
        return [.. (ReadHeader(line) ?? throw new FormatException("The file is no export.")).Keys.Select(VerifierKey.Parse)];
    }

    private void CheckEntry(JsonElement line, Header header, Checkpoint checkpoint)
    {
        if (!line.TryGetProperty("index", out var number) || !number.TryGetInt64(out var index)
            || !line.TryGetProperty("proof", out var proof) || HeldBy(line) is not { } held)
        {
            Fail("export-malformed", $"After {_count} entries there is a line that is none.");
            return;
        }
        if (index < _next) Fail("order", $"Entry {index} stands where it does not belong.", index);
        else if (Due(header) is { } due && index > due) Fail("missing", $"Entry {due} is missing.", due);
        else if (WhyNot(index, held, proof, checkpoint) is { } why) Fail("entry", $"Entry {index} is not the one in the log: {why}", index);
        else if (Text(line, "canonical", out var canonical)) _archived.Hear(index, canonical);
        _next = index + 1;
        _count++;
    }

    /// <summary>The number that must come next; null: none must.</summary>
    private long? Due(Header header)
    {
        if (header.Numbers is not { } numbers) return null;
        while (_range < numbers.Count && numbers[_range].Last < _next) _range++;
        return _range < numbers.Count ? Math.Max(_next, numbers[_range].First) : null;
    }

    private void CheckArchived(JsonElement line, Header header)
    {
        if (!Text(line, "archived", out var text) || NumberRanges.Parse(text) is not [var range] || !line.TryGetProperty("toldBy", out var told) || !told.TryGetInt64(out var toldBy))
            Fail("export-malformed", $"After {_count} entries there is a line that is none.");
        else if (range.First < _next) Fail("order", $"Entry {range.First} stands where it does not belong.", range.First);
        else if (Due(header) is { } due && range.First > due) Fail("missing", $"Entry {due} is missing.", due);
        else
        {
            _archived.Add(range, toldBy);
            _next = range.Last + 1;
        }
    }

    /// <summary>What the line says that the log holds: by text and salt, or, where these were erased with their person, as it is.</summary>
    private Func<byte[]?>? HeldBy(JsonElement line)
    {
        if (Text(line, "canonical", out var canonical) && Text(line, "salt", out var salt))
            return () => CanonicalJson.Canonicalize(Encoding.UTF8.GetBytes(canonical)) == canonical
                ? LogEntry.Entry(Convert.FromBase64String(salt), canonical)
                : null;
        if (line.TryGetProperty("sealed", out _) && Text(line, "entry", out var entry))
        {
            _sealed++;
            return () => Convert.FromBase64String(entry);
        }
        if (!Text(line, "erased", out var erased)) return null;
        _erased++;
        return () => Convert.FromBase64String(erased);
    }

    private static string? WhyNot(long index, Func<byte[]?> held, JsonElement proof, Checkpoint checkpoint)
    {
        try
        {
            if (held() is not { } entry) return "its text is not canonical.";
            var hashes = proof.EnumerateArray().Select(h => h.GetBytesFromBase64()).ToList();
            return Proofs.VerifyInclusion(index, checkpoint.Size, LogEntry.LeafHash(entry), hashes, checkpoint.Root) ? null : "its proof does not lead to the signed root.";
        }
        catch (Exception e) when (e is FormatException or ArgumentException or InvalidOperationException)
        {
            return "it is malformed.";
        }
    }

    private bool CheckEnd(JsonElement count, Header header)
    {
        if (!count.TryGetInt64(out var counted) || counted != _count) Fail("count", $"The export says that it has {count} entries, and has {_count}.");
        else if (Due(header) is { } due) Fail("missing", $"Entry {due} is missing.", due);
        else if (header.IsComplete && _archived.Untold() is { } untold)
            Fail("archived", $"The entries {NumberRanges.Text(untold)} are said to be archived, and no entry tells of that.", untold.First);
        return true;
    }

    private List<Finding> Fail(string code, string message, long? entry = null)
    {
        _findings.Add(new(code, message, entry));
        return _findings;
    }

    private static Header? ReadHeader(JsonDocument line)
    {
        var json = line.RootElement;
        return Text(json, "export", out var format) && format == Format && Text(json, "checkpoint", out var checkpoint)
            && json.TryGetProperty("keys", out var keys) && keys.ValueKind is JsonValueKind.Array && keys.EnumerateArray().All(k => k.ValueKind is JsonValueKind.String)
            && json.TryGetProperty("filters", out var filters) && filters.ValueKind is JsonValueKind.Object
            && NumbersOf(json, !filters.EnumerateObject().Any(), checkpoint, out var numbers)
            ? new(checkpoint, [.. keys.EnumerateArray().Select(k => k.GetString()!)], !filters.EnumerateObject().Any(), numbers)
            : null;
    }

    /// <summary>Which numbers must be there: all of the checkpoint's without filters, those that an archive names, or nobody knows.</summary>
    private static bool NumbersOf(JsonElement json, bool isComplete, string checkpoint, out IReadOnlyList<(long First, long Last)>? numbers)
    {
        numbers = null;
        if (!isComplete && json.TryGetProperty("numbers", out _)) return Text(json, "numbers", out var text) && (numbers = NumberRanges.Parse(text)) is not null;
        if (!isComplete) return true;
        try
        {
            var size = Checkpoint.Parse(SignedNote.Parse(Encoding.UTF8.GetBytes(checkpoint)).Text).Size;
            numbers = size == 0 ? [] : [(0, size - 1)];
        }
        catch (FormatException)
        {
            // said of the checkpoint itself
        }
        return true;
    }

    private static async Task<JsonDocument?> LineAsync(TextReader file, CancellationToken ct) =>
        await file.ReadLineAsync(ct) is { } line ? Parse(line) ?? JsonDocument.Parse("{}") : null;

    private static JsonDocument? Parse(string line)
    {
        try
        {
            var document = JsonDocument.Parse(line, new() { AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind is JsonValueKind.Object) return document;
            document.Dispose();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
        }
        return null;
    }

    private static bool Text(JsonElement json, string name, out string text)
    {
        text = "";
        if (!json.TryGetProperty(name, out var member) || member.ValueKind is not JsonValueKind.String) return false;
        try
        {
            text = member.GetString()!;
            return true;
        }
        catch (InvalidOperationException) // half a surrogate pair
        {
            return false;
        }
    }

    private sealed record Header(string Checkpoint, IReadOnlyList<string> Keys, bool IsComplete, IReadOnlyList<(long First, long Last)>? Numbers);
}

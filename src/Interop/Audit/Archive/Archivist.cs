using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Interop.Audit.Log;
using Interop.AuditLog;
using Interop.Platform;
using Interop.Platform.Engines;
using Interop.Platform.Http;
using Microsoft.EntityFrameworkCore;

namespace Interop.Audit.Archive;

/// <summary>A month's archive, as it was written or found.</summary>
/// <param name="Month">Its first day, UTC.</param>
/// <param name="Numbers">Of its entries.</param>
/// <param name="Sha256">Of the file.</param>
internal sealed record MonthFile(DateOnly Month, IReadOnlyList<(long First, long Last)> Numbers, long Entries, byte[] Sha256);

/// <summary>
/// Writes months of the log as files that prove themselves, and drops those that were written. For the operator, as the role that owns
/// the database. Faults are <see cref="InvalidOperationException"/>, in words.
/// </summary>
internal sealed class Archivist(Db db, Engine engine, Work work, LogTiles tiles, PersonKeys keys, EntryBodies bodies, Trail trail)
{
    const int Page = 500;

    /// <param name="Numbers">So that a verifier knows what must be there.</param>
    internal sealed record Header(string Export, string Origin, IReadOnlyList<string> Keys, string Checkpoint, JsonObject Filters, string Numbers);

    /// <summary>Whether the log has entries of this month, by itself.</summary>
    public async Task<bool> HasAsync(DateOnly month, CancellationToken ct)
    {
        var (first, end) = EntryIds.Bounds(month);
        return await engine.HasMonthAsync(db, month, ct) && await db.AuditEntries.AnyAsync(e => e.Id >= first && e.Id < end, ct);
    }

    /// <summary>Writes what the log has of a month, under a checkpoint that covers it all.</summary>
    /// <param name="note">The checkpoint, signed.</param>
    public async Task<MonthFile> WriteAsync(DateOnly month, SignedNote note, string file, CancellationToken ct)
    {
        var checkpoint = Checkpoint.Parse(note.Text);
        var numbers = await NumbersAsync(month, ct);
        if (numbers[^1] >= checkpoint.Size)
            throw new InvalidOperationException($"{Name(month)}: not all of its entries are signed yet. A worker does that; try again when it has.");
        await work.RunAsync<string>(() =>
        {
            trail.Write(Caller.Exchange, new(Actions.Query, "audit.archive") { Details = Details(month, numbers.Count, NumberRanges.Of(numbers)) });
            return Task.FromResult<Answer<string>>("");
        }, ct);
        var ranges = NumberRanges.Of(numbers);
        var verifierKeys = await db.LogKeys.Where(k => k.Origin == checkpoint.Origin).OrderBy(k => k.SinceSize).Select(k => k.VerifierKey).ToListAsync(ct);
        var tree = tiles.Tree(checkpoint.Size);
        await using (var to = new FileStream(file, FileMode.Create, FileAccess.Write))
        {
            await WriteAsync(to, new Header(ExportFile.Format, checkpoint.Origin, verifierKeys, note.ToString(), new() { ["month"] = Name(month) }, NumberRanges.Text(ranges)), ct);
            foreach (var page in numbers.Chunk(Page))
            {
                var entries = await ReadAsync(month, page[0], page[^1], ct);
                await keys.SealAsync(entries.Select(n => n.Entry).Where(e => !e.IsSealed), ct); // written before persons had keys
                foreach (var entry in entries)
                    await WriteAsync(to, ArchivedEntry.Of(entry, await tree.InclusionAsync(entry.Index, ct)), ct);
            }
            await WriteAsync(to, new ExportApi.ExportEnd(numbers.Count, note.ToString()), ct);
            to.Flush(flushToDisk: true);
        }
        return new(month, ranges, numbers.Count, await DigestAsync(file, ct));
    }

    /// <summary>Whether a file holds, to the byte, what the database has of the month; and what it is.</summary>
    public async Task<MonthFile> CompareAsync(DateOnly month, string file, CancellationToken ct)
    {
        var numbers = await NumbersAsync(month, ct);
        using var lines = new StreamReader(file);
        await lines.ReadLineAsync(ct);
        foreach (var page in numbers.Chunk(Page))
        {
            var kept = new List<(ArchivedEntry Line, AuditEntry? Entry)>();
            while (kept.Count < page.Length && await lines.ReadLineAsync(ct) is { } line && JsonSerializer.Deserialize<ArchivedEntry>(line, Json.Options) is { } entry)
                kept.Add((entry, entry.ToEntry()));
            await bodies.OpenAsync(kept.Select(k => k.Entry).OfType<AuditEntry>(), ct);
            foreach (var (i, there) in (await ReadAsync(month, page[0], page[^1], ct)).Index())
                if (i >= kept.Count || kept[i].Line.Index != there.Index)
                    throw new InvalidOperationException($"{file} lacks entry {there.Index}, which the database has.");
                else if (!kept[i].Line.IsOf(there.Entry, kept[i].Entry))
                    throw new InvalidOperationException($"{file} has another entry {there.Index} than the database.");
        }
        return new(month, NumberRanges.Of(numbers), numbers.Count, await DigestAsync(file, ct));
    }

    /// <summary>Drops the month. That it was, under which numbers, and the digest of its archive is an entry of the same transaction.</summary>
    public async Task DropAsync(MonthFile archived, CancellationToken ct) => await work.RunAsync<string>(async () =>
    {
        if ((await NumbersAsync(archived.Month, ct)).Count != archived.Entries)
            throw new InvalidOperationException($"{Name(archived.Month)} has other entries than when it was looked at. Archive it anew.");
        var details = Details(archived.Month, archived.Entries, archived.Numbers);
        details["sha256"] = Convert.ToHexStringLower(archived.Sha256);
        var told = trail.Write(Caller.Exchange, new(Actions.Delete, ArchivedClaims.Operation) { Details = details });
        work.Insert(new ArchivedMonth { Month = archived.Month, Numbers = NumberRanges.Text(archived.Numbers), Entries = archived.Entries, Sha256 = archived.Sha256, ToldBy = told, At = work.Now });
        await engine.DropMonthAsync(db, archived.Month, ct);
        return "";
    }, ct);

    /// <summary>An archive as an export: opened with the keys of those persons who were not erased.</summary>
    public async Task OpenAsync(string archive, string file, CancellationToken ct)
    {
        using var lines = new StreamReader(archive);
        var header = await lines.ReadLineAsync(ct);
        await work.RunAsync<string>(() =>
        {
            trail.Write(Caller.Exchange, new(Actions.Read, "audit.open") { Details = new JsonObject { ["archive"] = JsonNode.Parse(header!)!["filters"]!["month"]?.ToString() } });
            return Task.FromResult<Answer<string>>("");
        }, ct);
        await using var to = new FileStream(file, FileMode.CreateNew, FileAccess.Write);
        await to.WriteAsync(System.Text.Encoding.UTF8.GetBytes(header + "\n"), ct);
        var page = new List<(ArchivedEntry Line, AuditEntry? Entry)>();
        while (await lines.ReadLineAsync(ct) is { } line)
        {
            var isEnd = JsonElement.Parse(line).TryGetProperty("count", out _);
            if (!isEnd && JsonSerializer.Deserialize<ArchivedEntry>(line, Json.Options) is { } entry)
                page.Add((entry, entry.ToEntry()));
            if (isEnd || page.Count == Page)
                await OpenAsync();
            if (isEnd)
                await to.WriteAsync(System.Text.Encoding.UTF8.GetBytes(line + "\n"), ct);
        }
        await OpenAsync(); // of a file that broke off

        async Task OpenAsync()
        {
            await bodies.OpenAsync(page.Select(k => k.Entry).OfType<AuditEntry>(), ct);
            foreach (var (line, entry) in page)
                await WriteAsync(to, line.Exported(entry), ct);
            page.Clear();
        }
    }

    /// <summary>The numbers of a month's entries, ascending. Nearly a range: what is committed late is numbered late.</summary>
    async Task<List<long>> NumbersAsync(DateOnly month, CancellationToken ct)
    {
        if (!await engine.HasMonthAsync(db, month, ct))
            throw new InvalidOperationException($"The log has no month {Name(month)} by itself{(engine.IsEmbedded ? ": SQLite keeps the log whole. Move to PostgreSQL first" : "")}.");
        var (first, end) = EntryIds.Bounds(month);
        var numbers = await db.AuditSequence.Where(s => s.EntryId >= first && s.EntryId < end).OrderBy(s => s.Index).Select(s => s.Index).ToListAsync(ct);
        var entries = await db.AuditEntries.LongCountAsync(e => e.Id >= first && e.Id < end, ct);
        if (numbers.Count == 0 && entries == 0)
            throw new InvalidOperationException($"{Name(month)} has no entries.");
        return numbers.Count == entries ? numbers
            : throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{Name(month)}: {numbers.Count} entries were numbered, and {entries} are there. {(numbers.Count < entries ? "A worker numbers the rest; try again." : "It is not whole, and not to be archived.")}"));
    }

    async Task<List<Numbered>> ReadAsync(DateOnly month, long from, long to, CancellationToken ct)
    {
        var (first, end) = EntryIds.Bounds(month);
        var sequence = db.AuditSequence;
        return await db.AuditEntries.AsNoTracking().Where(e => e.Id >= first && e.Id < end)
            .Join(sequence.Where(s => s.Index >= from && s.Index <= to && s.EntryId >= first && s.EntryId < end), e => e.Id, s => s.EntryId, (e, s) => new Numbered { Index = s.Index, Entry = e })
            .OrderBy(n => n.Index).ToListAsync(ct);
    }

    static JsonObject Details(DateOnly month, long entries, IReadOnlyList<(long First, long Last)> numbers) => new()
    {
        ["month"] = Name(month),
        ["entries"] = entries,
        ["numbers"] = NumberRanges.Text(numbers),
    };

    public static string Name(DateOnly month) => month.ToString("yyyy'-'MM", CultureInfo.InvariantCulture);

    static async Task<byte[]> DigestAsync(string file, CancellationToken ct)
    {
        await using var written = File.OpenRead(file);
        return await SHA256.HashDataAsync(written, ct);
    }

    static async Task WriteAsync<T>(Stream to, T line, CancellationToken ct)
    {
        await JsonSerializer.SerializeAsync(to, line, Json.Options, ct);
        await to.WriteAsync("\n"u8.ToArray(), ct);
    }
}

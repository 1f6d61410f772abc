using Interop.AuditLog;
using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Audit.Log;

/// <summary>The log's tiles, from the tables. What is not whole there is answered like what is not there.</summary>
internal sealed class LogTiles(Db db)
{
    /// <summary>How many entries were taken in, signed or not.</summary>
    public async Task<long> SizeAsync(CancellationToken ct) =>
        await db.LoggedEntries.OrderByDescending(e => e.Index).Select(e => new { e.Index, e.Entries.Length }).FirstOrDefaultAsync(ct) is { } last
            ? last.Index + last.Length / LogEntry.Size
            : 0;

    public TiledTree Tree(long size) => new(HashesAsync, size);

    /// <summary>The entries beneath a tile, 32 bytes each; null where there are fewer than its width.</summary>
    public async Task<byte[]?> EntriesAsync(Tile tile, CancellationToken ct)
    {
        var (first, end) = (tile.First, tile.First + tile.Width);
        var entries = new byte[tile.Width * LogEntry.Size];
        var length = 0;
        await foreach (var chunk in db.LoggedEntries.AsNoTracking().Where(e => e.Index >= first && e.Index < end).OrderBy(e => e.Index).AsAsyncEnumerable().WithCancellation(ct))
        {
            if (chunk.Index != first + length / LogEntry.Size)
                return null;
            var fits = Math.Min(chunk.Entries.Length, entries.Length - length);
            chunk.Entries.AsSpan(0, fits).CopyTo(entries.AsSpan(length));
            length += fits;
        }
        return length == entries.Length ? entries : null;
    }

    public async Task<byte[]?> HashesAsync(Tile tile, CancellationToken ct)
    {
        if (tile.Level == 0)
            return await EntriesAsync(tile, ct) is { } entries ? LeafHashes(entries) : null;
        var (level, first, end) = (tile.Level, tile.First, tile.First + tile.Width);
        var hashes = await db.LoggedHashes.AsNoTracking().Where(h => h.Level == level && h.Index >= first && h.Index < end).OrderBy(h => h.Index).Select(h => h.Hash).ToListAsync(ct);
        return hashes.Count == tile.Width ? [.. hashes.SelectMany(h => h)] : null;
    }

    /// <summary>A tile or bundle by its path, as far as a tree of that size has it; null: it has not, or not whole.</summary>
    public async Task<byte[]?> ReadAsync(string path, long size, CancellationToken ct)
    {
        if (!Tile.TryParse(path, out var tile) || tile.In(size) is not { } there || there.Width < tile.Width)
            return null;
        if (tile.Level != Tile.Entries)
            return await HashesAsync(tile, ct);
        return await EntriesAsync(tile, ct) is { } entries ? EntryBundle.Pack(entries) : null;
    }

    public static byte[] LeafHashes(ReadOnlySpan<byte> entries)
    {
        var leaves = new byte[entries.Length];
        for (var i = 0; i < entries.Length; i += LogEntry.Size)
            MerkleTree.Leaf(entries.Slice(i, LogEntry.Size), leaves.AsSpan(i, LogEntry.Size));
        return leaves;
    }
}

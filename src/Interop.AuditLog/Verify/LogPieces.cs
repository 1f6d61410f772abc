namespace Interop.AuditLog;

/// <summary>Tiles and bundles as they are fetched: a partial one may have given way to the full one since the checkpoint.</summary>
internal static class LogPieces
{
    /// <summary>The leaf hashes of a bundle's entries, or why there are none.</summary>
    internal static async Task<(byte[]? Leaves, Finding? Finding)> LeavesAsync(ReadResource read, Tile tile, CancellationToken ct)
    {
        var bundle = tile with { Level = Tile.Entries };
        var bytes = await BundleAsync(read, bundle, ct);
        if (bytes is null) return (null, new("missing", $"The entries from {tile.First} are missing: {bundle} is not there.", tile.First));
        return EntryBundle.LeafHashes(bytes, tile.Width) is { } leaves
            ? (leaves, null)
            : (null, new("malformed", $"{bundle} is not a bundle of {tile.Width} entries.", tile.First));
    }

    internal static async Task<byte[]?> BundleAsync(ReadResource read, Tile bundle, CancellationToken ct) =>
        await read(bundle.Path, ct) ?? (bundle.IsPartial && await read(Full(bundle), ct) is { } full ? EntryBundle.Prefix(full, bundle.Width) : null);

    internal static async Task<byte[]?> HashesAsync(ReadResource read, Tile tile, CancellationToken ct)
    {
        var length = tile.Width * MerkleTree.HashSize;
        var bytes = await read(tile.Path, ct) ?? (tile.IsPartial && await read(Full(tile), ct) is { } full && full.Length >= length ? full[..length] : null);
        return bytes?.Length == length ? bytes : null;
    }

    /// <summary>Which hash is the first in which they differ.</summary>
    internal static int? FirstDifference(byte[] one, byte[] other)
    {
        var same = one.AsSpan().CommonPrefixLength(other);
        return same == one.Length ? null : same / MerkleTree.HashSize;
    }

    private static string Full(Tile tile) => (tile with { Width = Tile.FullWidth }).Path;
}

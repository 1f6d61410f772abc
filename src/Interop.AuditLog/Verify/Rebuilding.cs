namespace Interop.AuditLog;

/// <summary>
/// A tree built anew from its leaves, tile after tile: every tile above is handed out when it is full or the end is reached.
/// Keeps one unfinished tile a level, whatever the size.
/// </summary>
internal sealed class Rebuilding(Func<Tile, byte[], Task> finished)
{
    private readonly List<(long Number, List<byte> Hashes)> _above = [];

    /// <summary>The roots so far, over all full tiles of leaves and the leaves after them.</summary>
    internal CompactRange Range { get; private set; } = new();

    /// <summary>Goes on from a tree that is there already, of full tiles of leaves only.</summary>
    /// <param name="size">A multiple of 256.</param>
    internal static async Task<Rebuilding> FromAsync(long size, ReadTile read, Func<Tile, byte[], Task> finished, CancellationToken ct)
    {
        var rebuilding = new Rebuilding(finished);
        for (var level = 1; Tile.Count(level, size) > 0; level++)
        {
            var tile = new Tile(level, Tile.Count(level, size) / Tile.FullWidth);
            var hashes = tile.In(size) is not { } partial ? [] : await read(partial, ct) ?? throw new TileMissingException(partial);
            rebuilding._above.Add((tile.Number, [.. hashes]));
        }
        // Its subtrees are nodes of those tiles, and of full ones to their left.
        var tree = new TiledTree(read, size);
        foreach (var (level, index) in new LeafRange(0, size).Subtrees()) rebuilding.Range.Append(await tree.SubtreeAsync(level, index, ct), level);
        return rebuilding;
    }

    internal async Task AddAsync(Tile tile, byte[] leaves)
    {
        if (tile.IsPartial)
        {
            for (var i = 0; i < tile.Width; i++) Range.Append(MerkleTree.At(leaves, i));
            return;
        }
        var root = MerkleTree.Root(leaves);
        Range.Append(root, 8);
        for (var level = 1; ; level++)
        {
            if (_above.Count < level) _above.Add((0, []));
            var (number, hashes) = _above[level - 1];
            hashes.AddRange(root);
            if (hashes.Count < Tile.FullWidth * MerkleTree.HashSize) return;
            byte[] full = [.. hashes];
            await finished(new(level, number), full);
            hashes.Clear();
            _above[level - 1] = (number + 1, hashes);
            root = MerkleTree.Root(full);
        }
    }

    /// <summary>Hands out the partial tiles of the right edge.</summary>
    internal async Task EndAsync()
    {
        foreach (var (index, (number, hashes)) in _above.Index())
            if (hashes.Count > 0) await finished(new(index + 1, number, hashes.Count / MerkleTree.HashSize), [.. hashes]);
    }
}

namespace Interop.AuditLog;

/// <summary>Reads a tile: 32 bytes a hash. Null when it is not there.</summary>
public delegate Task<byte[]?> ReadTile(Tile tile, CancellationToken ct);

/// <summary>A tile that a tree of that size must have is not there, or is not of its width.</summary>
public sealed class TileMissingException : Exception
{
    public TileMissingException(Tile tile) : base($"{tile} is not there.") => Tile = tile;

    public Tile Tile { get; }
}

/// <summary>A tree of a certain size, over tiles that are read as they are needed: its roots and proofs.</summary>
/// <param name="read">Where its tiles are.</param>
/// <param name="size">How many leaves it has. Only tiles of a tree of this size are asked for.</param>
public sealed class TiledTree(ReadTile read, long size)
{
    private const int Kept = 32;

    private readonly Dictionary<Tile, Subtrees> _tiles = [];

    public long Size => size;

    /// <summary>The root over its first <paramref name="leaves"/>, all of them unless said otherwise.</summary>
    /// <exception cref="TileMissingException"/>
    public Task<byte[]> RootAsync(CancellationToken ct, long? leaves = null) =>
        leaves is 0 || size == 0 ? Task.FromResult(MerkleTree.EmptyRoot) : HashAsync(new(0, leaves ?? size), ct);

    /// <exception cref="TileMissingException"/>
    public Task<byte[]> LeafAsync(long index, CancellationToken ct) => NodeAsync(0, index, ct);

    /// <summary>That entry <paramref name="index"/> is in the tree.</summary>
    /// <exception cref="TileMissingException"/>
    public Task<IReadOnlyList<byte[]>> InclusionAsync(long index, CancellationToken ct) => HashesAsync(Proofs.Inclusion(index, size), ct);

    /// <summary>That the tree begins with the tree of its first <paramref name="from"/> leaves.</summary>
    /// <exception cref="TileMissingException"/>
    public Task<IReadOnlyList<byte[]>> ConsistencyAsync(long from, CancellationToken ct) => HashesAsync(Proofs.Consistency(from, size), ct);

    private async Task<IReadOnlyList<byte[]>> HashesAsync(IReadOnlyList<LeafRange> ranges, CancellationToken ct)
    {
        var hashes = new byte[ranges.Count][];
        for (var i = 0; i < ranges.Count; i++) hashes[i] = await HashAsync(ranges[i], ct);
        return hashes;
    }

    private async Task<byte[]> HashAsync(LeafRange range, CancellationToken ct)
    {
        byte[]? hash = null;
        foreach (var (level, index) in range.Subtrees().Reverse())
        {
            var left = await NodeAsync(level, index, ct);
            hash = hash is null ? left : MerkleTree.Node(left, hash);
        }
        return hash!;
    }

    /// <summary>The root of a perfect subtree of 2^<paramref name="level"/> leaves.</summary>
    /// <exception cref="TileMissingException"/>
    public Task<byte[]> SubtreeAsync(int level, long index, CancellationToken ct) => NodeAsync(level, index, ct);

    private async Task<byte[]> NodeAsync(int level, long index, CancellationToken ct)
    {
        var (tile, first, count) = Tile.Holding(level, index);
        tile = tile.In(size) ?? throw new TileMissingException(tile);
        if (!_tiles.TryGetValue(tile, out var subtrees))
        {
            if (await read(tile, ct) is not { } hashes || hashes.Length != tile.Width * MerkleTree.HashSize) throw new TileMissingException(tile);
            if (_tiles.Count == Kept) _tiles.Remove(_tiles.Keys.First());
            _tiles.Add(tile, subtrees = new(hashes));
        }
        return subtrees.Root(first, count);
    }

    /// <summary>A tile and the levels between it and the next: each hashed once, when it is first asked for.</summary>
    private sealed class Subtrees(byte[] hashes)
    {
        private readonly List<byte[]> _levels = [hashes];

        public byte[] Root(int first, int count)
        {
            var level = System.Numerics.BitOperations.Log2((uint)count);
            while (_levels.Count <= level)
            {
                var below = _levels[^1];
                var above = new byte[below.Length / (2 * MerkleTree.HashSize) * MerkleTree.HashSize];
                for (var i = 0; i < above.Length / MerkleTree.HashSize; i++) MerkleTree.Node(MerkleTree.At(below, 2 * i), MerkleTree.At(below, 2 * i + 1), MerkleTree.At(above, i));
                _levels.Add(above);
            }
            return MerkleTree.At(_levels[level], first >> level).ToArray();
        }
    }
}

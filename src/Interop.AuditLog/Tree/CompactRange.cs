namespace Interop.AuditLog;

/// <summary>
/// The least that one must keep of a tree to go on building it: the roots of the perfect subtrees that it consists of, the
/// largest first. At most 63 hashes, whatever the size.
/// </summary>
public sealed class CompactRange
{
    private readonly List<byte[]> _roots = [];

    /// <summary>How many leaves it covers.</summary>
    public long Size { get; private set; }

    /// <summary>Adds a perfect subtree of 2^<paramref name="level"/> leaves on the right.</summary>
    /// <exception cref="ArgumentException">A subtree of that height cannot stand there.</exception>
    public void Append(ReadOnlySpan<byte> hash, int level = 0)
    {
        var leaves = 1L << level;
        if (Size % leaves != 0) throw new ArgumentException($"After {Size} leaves there is no subtree of {leaves}.", nameof(level));
        var carried = hash.ToArray();
        for (var height = level; (Size >> height & 1) == 1; height++)
        {
            carried = MerkleTree.Node(_roots[^1], carried);
            _roots.RemoveAt(_roots.Count - 1);
        }
        _roots.Add(carried);
        Size += leaves;
    }

    /// <summary>The root of the tree of <see cref="Size"/> leaves.</summary>
    public byte[] Root()
    {
        if (_roots.Count == 0) return MerkleTree.EmptyRoot;
        var root = _roots[^1];
        for (var i = _roots.Count - 2; i >= 0; i--) root = MerkleTree.Node(_roots[i], root);
        return root;
    }

    public CompactRange Clone()
    {
        var copy = new CompactRange { Size = Size };
        copy._roots.AddRange(_roots);
        return copy;
    }
}

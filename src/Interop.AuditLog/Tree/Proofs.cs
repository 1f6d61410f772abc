using System.Numerics;

namespace Interop.AuditLog;

/// <summary>
/// Proofs that an entry is in a tree, and that a tree begins with another: which subtrees' hashes they consist of (RFC 6962,
/// 2.1.1 and 2.1.2), and how to check them (RFC 9162, 2.1.3.2 and 2.1.4.2).
/// </summary>
public static class Proofs
{
    /// <summary>The subtrees whose hashes prove entry <paramref name="index"/> in a tree of <paramref name="size"/>, from the leaf up.</summary>
    public static IReadOnlyList<LeafRange> Inclusion(long index, long size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, size);
        var path = new List<LeafRange>();
        for (var (start, end) = (0L, size); end - start > 1;)
        {
            var middle = start + Split(end - start);
            path.Add(index < middle ? new(middle, end) : new(start, middle));
            (start, end) = index < middle ? (start, middle) : (middle, end);
        }
        path.Reverse();
        return path;
    }

    /// <summary>The subtrees whose hashes prove that the tree of <paramref name="to"/> begins with that of <paramref name="from"/>.</summary>
    public static IReadOnlyList<LeafRange> Consistency(long from, long to)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(from, to);
        if (from == 0 || from == to) return [];
        var proof = new List<LeafRange>();
        var (start, end, known) = (0L, to, true); // known: the subtree is the whole old tree, whose root the verifier has
        while (from != end)
        {
            var middle = start + Split(end - start);
            if (from <= middle)
            {
                proof.Add(new(middle, end));
                end = middle;
            }
            else
            {
                proof.Add(new(start, middle));
                (start, known) = (middle, false);
            }
        }
        if (!known) proof.Add(new(start, end));
        proof.Reverse();
        return proof;
    }

    /// <summary>Whether the proof leads from the leaf to the root.</summary>
    public static bool VerifyInclusion(long index, long size, ReadOnlySpan<byte> leaf, IReadOnlyList<byte[]> proof, ReadOnlySpan<byte> root)
    {
        ArgumentNullException.ThrowIfNull(proof);
        if (index < 0 || index >= size || !AreHashes(proof)) return false;
        var (at, last, hash) = (index, size - 1, leaf.ToArray());
        foreach (var sibling in proof)
        {
            if (last == 0) return false;
            if ((at & 1) == 1 || at == last)
            {
                hash = MerkleTree.Node(sibling, hash);
                while ((at & 1) == 0 && at != 0) (at, last) = (at >> 1, last >> 1);
            }
            else
            {
                hash = MerkleTree.Node(hash, sibling);
            }
            (at, last) = (at >> 1, last >> 1);
        }
        return last == 0 && hash.AsSpan().SequenceEqual(root);
    }

    /// <summary>Whether the proof shows that the tree of <paramref name="to"/> leaves begins with that of <paramref name="from"/>.</summary>
    public static bool VerifyConsistency(long from, long to, ReadOnlySpan<byte> oldRoot, ReadOnlySpan<byte> newRoot, IReadOnlyList<byte[]> proof)
    {
        ArgumentNullException.ThrowIfNull(proof);
        if (from < 0 || from > to || !AreHashes(proof)) return false;
        if (from == to) return proof.Count == 0 && oldRoot.SequenceEqual(newRoot);
        if (from == 0) return proof.Count == 0 && oldRoot.SequenceEqual(MerkleTree.EmptyRoot);
        IReadOnlyList<byte[]> path = BitOperations.IsPow2(from) ? [oldRoot.ToArray(), .. proof] : proof;
        if (path.Count == 0) return false;
        var (at, last) = (from - 1, to - 1);
        while ((at & 1) == 1) (at, last) = (at >> 1, last >> 1);
        var (before, after) = (path[0], path[0]);
        foreach (var hash in path.Skip(1))
        {
            if (last == 0) return false;
            if ((at & 1) == 1 || at == last)
            {
                before = MerkleTree.Node(hash, before);
                after = MerkleTree.Node(hash, after);
                while ((at & 1) == 0 && at != 0) (at, last) = (at >> 1, last >> 1);
            }
            else
            {
                after = MerkleTree.Node(after, hash);
            }
            (at, last) = (at >> 1, last >> 1);
        }
        return last == 0 && before.AsSpan().SequenceEqual(oldRoot) && after.AsSpan().SequenceEqual(newRoot);
    }

    /// <summary>The largest power of two below <paramref name="count"/>, which is 2 or more.</summary>
    private static long Split(long count) => 1L << BitOperations.Log2((ulong)(count - 1));

    private static bool AreHashes(IReadOnlyList<byte[]> proof) => proof.Count < 2 * 64 && proof.All(hash => hash.Length == MerkleTree.HashSize);
}

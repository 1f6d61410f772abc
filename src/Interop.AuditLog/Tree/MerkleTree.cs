using System.Buffers;
using System.Security.Cryptography;

namespace Interop.AuditLog;

/// <summary>The hashes of the tree: RFC 6962, section 2.1, with SHA-256.</summary>
public static class MerkleTree
{
    /// <summary>Length of every hash, in bytes.</summary>
    public const int HashSize = SHA256.HashSizeInBytes;

    private const int OnStack = 256;

    /// <summary>The root of a tree without entries: SHA-256 of nothing.</summary>
    public static byte[] EmptyRoot => SHA256.HashData([]);

    /// <summary>SHA-256(0x00 ‖ entry).</summary>
    /// <param name="into">32 bytes.</param>
    public static void Leaf(ReadOnlySpan<byte> entry, Span<byte> into)
    {
        var rented = entry.Length < OnStack ? null : ArrayPool<byte>.Shared.Rent(entry.Length + 1);
        var text = rented is null ? stackalloc byte[OnStack] : rented;
        text[0] = 0x00;
        entry.CopyTo(text[1..]);
        SHA256.HashData(text[..(entry.Length + 1)], into);
        if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
    }

    /// <summary>SHA-256(0x01 ‖ left ‖ right).</summary>
    /// <param name="into">32 bytes; may be one of the two.</param>
    public static void Node(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, Span<byte> into)
    {
        Span<byte> text = stackalloc byte[1 + 2 * HashSize];
        text[0] = 0x01;
        left.CopyTo(text[1..]);
        right.CopyTo(text[(1 + HashSize)..]);
        SHA256.HashData(text, into);
    }

    public static byte[] Node(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        var node = new byte[HashSize];
        Node(left, right, node);
        return node;
    }

    /// <summary>The root over these hashes, one after the other, of leaves or of perfect subtrees of one height.</summary>
    public static byte[] Root(ReadOnlySpan<byte> hashes)
    {
        if (hashes.IsEmpty) return EmptyRoot;
        var level = hashes.ToArray();
        // In pairs from the left; what is left over goes up as it is. The same tree as RFC 6962's split at the largest power of two.
        for (var count = level.Length / HashSize; count > 1; count = (count + 1) / 2)
        {
            for (var i = 0; i < count / 2; i++) Node(At(level, 2 * i), At(level, 2 * i + 1), At(level, i));
            if (count % 2 == 1) At(level, count - 1).CopyTo(At(level, count / 2));
        }
        return level[..HashSize];
    }

    internal static Span<byte> At(byte[] hashes, int index) => hashes.AsSpan(index * HashSize, HashSize);
}

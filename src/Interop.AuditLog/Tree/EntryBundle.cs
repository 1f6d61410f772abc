using System.Buffers.Binary;

namespace Interop.AuditLog;

/// <summary>
/// The entries beneath a tile of level 0 as one file: each with its length before it, two bytes, the higher first. Entries of
/// this log are the 32 bytes of <see cref="LogEntry.Entry"/>.
/// </summary>
public static class EntryBundle
{
    /// <summary>Packs entries of 32 bytes that stand one after the other.</summary>
    public static byte[] Pack(ReadOnlySpan<byte> entries)
    {
        const int packed = LogEntry.Size + 2;
        var bundle = new byte[entries.Length / LogEntry.Size * packed];
        for (var i = 0; i < bundle.Length / packed; i++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(bundle.AsSpan(i * packed), LogEntry.Size);
            entries.Slice(i * LogEntry.Size, LogEntry.Size).CopyTo(bundle.AsSpan(i * packed + 2));
        }
        return bundle;
    }

    /// <summary>The leaf hashes of a bundle's entries, one after the other, for a level 0 tile of that width; null when it is no such bundle.</summary>
    public static byte[]? LeafHashes(ReadOnlySpan<byte> bundle, int width)
    {
        var leaves = new byte[width * MerkleTree.HashSize];
        for (var i = 0; i < width; i++)
        {
            if (bundle.Length < 2 || bundle.Length - 2 < BinaryPrimitives.ReadUInt16BigEndian(bundle)) return null;
            var length = BinaryPrimitives.ReadUInt16BigEndian(bundle);
            MerkleTree.Leaf(bundle.Slice(2, length), MerkleTree.At(leaves, i));
            bundle = bundle[(2 + length)..];
        }
        return bundle.IsEmpty ? leaves : null;
    }

    /// <summary>The first so many entries of a bundle that has them; null when it has fewer.</summary>
    public static byte[]? Prefix(byte[] bundle, int width)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        var length = 0;
        for (var i = 0; i < width; i++)
        {
            if (bundle.Length - length < 2) return null;
            length += 2 + BinaryPrimitives.ReadUInt16BigEndian(bundle.AsSpan(length));
        }
        return length <= bundle.Length ? bundle[..length] : null;
    }
}

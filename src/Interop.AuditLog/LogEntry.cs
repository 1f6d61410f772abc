using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace Interop.AuditLog;

/// <summary>
/// From what is recorded to what is in the tree. The log holds, for each record, only a keyed hash of its canonical
/// text; the key is a salt that is kept, and erased, with the record. Without the salt nothing about the record can be
/// guessed from the log, and erasing it leaves every proof as it was.
/// </summary>
public static class LogEntry
{
    /// <summary>Length of an entry and of a leaf hash, in bytes.</summary>
    public const int Size = 32;

    /// <summary>Shortest salt that is accepted, in bytes.</summary>
    public const int MinimumSalt = 16;

    /// <summary>Length of a salt as it should be made, in bytes: random, and for one record only.</summary>
    public const int SaltSize = 32;

    // Half a surrogate pair must not become U+FFFD: two texts would have one entry.
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The log's entry: HMAC-SHA256 (RFC 2104) with the salt as key, over the canonical text in UTF-8. 32 bytes.</summary>
    /// <param name="salt">At least <see cref="MinimumSalt"/> bytes.</param>
    /// <param name="canonical">RFC 8785, as <see cref="CanonicalJson"/> writes it; it is taken as it stands.</param>
    /// <exception cref="ArgumentException">The salt is too short, or the text holds half a surrogate pair.</exception>
    public static byte[] Entry(ReadOnlySpan<byte> salt, string canonical)
    {
        ArgumentNullException.ThrowIfNull(canonical);
        ArgumentOutOfRangeException.ThrowIfLessThan(salt.Length, MinimumSalt, nameof(salt));
        var bytes = ArrayPool<byte>.Shared.Rent(StrictUtf8.GetMaxByteCount(canonical.Length));
        try
        {
            return HMACSHA256.HashData(salt, bytes.AsSpan(0, StrictUtf8.GetBytes(canonical, bytes)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    /// <summary>The entry's leaf hash: SHA-256(0x00 ‖ entry), RFC 6962, 2.1. 32 bytes.</summary>
    public static byte[] LeafHash(ReadOnlySpan<byte> entry)
    {
        var leaf = new byte[Size];
        MerkleTree.Leaf(entry, leaf);
        return leaf;
    }
}

using System.Security.Cryptography;
using System.Text;

namespace Interop.Platform;

/// <summary>AES-256-GCM under one key: nonce, tag and ciphertext, one behind the other.</summary>
internal sealed class AesBox(byte[] key) : IDisposable
{
    const int NonceSize = 12;
    const int TagSize = 16;

    /// <summary>So many characters are at most three times as many bytes.</summary>
    const int Short = 64;

    /// <summary>By how much a box is longer than what is in it.</summary>
    public const int Overhead = NonceSize + TagSize;

    readonly AesGcm _aes = new(key, TagSize);

    /// <param name="context">Whose secret it is: must be the same to open it.</param>
    public byte[] Seal(ReadOnlySpan<byte> plain, string context)
    {
        var box = new byte[Overhead + plain.Length];
        Seal(plain, context, box);
        return box;
    }

    /// <param name="box">Longer than <paramref name="plain"/> by <see cref="Overhead"/>.</param>
    public void Seal(ReadOnlySpan<byte> plain, string context, Span<byte> box)
    {
        Randomness.Fill(box[..NonceSize]);
        Span<byte> of = context.Length <= Short ? stackalloc byte[3 * Short] : new byte[Encoding.UTF8.GetMaxByteCount(context.Length)];
        _aes.Encrypt(box[..NonceSize], plain, box[Overhead..], box.Slice(NonceSize, TagSize), of[..Encoding.UTF8.GetBytes(context, of)]);
    }

    /// <exception cref="CryptographicException">Another key, another context, or changed bytes.</exception>
    public byte[] Open(ReadOnlySpan<byte> box, string context)
    {
        if (box.Length < Overhead)
            throw new CryptographicException("This is no box.");
        var plain = new byte[box.Length - Overhead];
        _aes.Decrypt(box[..NonceSize], box[Overhead..], box.Slice(NonceSize, TagSize), plain, Encoding.UTF8.GetBytes(context));
        return plain;
    }

    public void Dispose() => _aes.Dispose();
}

using System.Security.Cryptography;
using System.Text;

namespace Interop.Platform;

/// <summary>Secrets that the database must keep but not tell: AES-256-GCM under the key <c>wrapping.key</c>.</summary>
internal sealed class SecretBox(KeyFolder keys)
{
    const int NonceSize = 12;
    const int TagSize = 16;

    readonly Lazy<byte[]> _key = new(() => keys.GetOrMake("wrapping.key", () => RandomNumberGenerator.GetBytes(32)));

    /// <summary>Nonce, tag and ciphertext. <paramref name="context"/> (whose secret it is) must be the same to open it.</summary>
    public byte[] Seal(string secret, string context)
    {
        var plain = Encoding.UTF8.GetBytes(secret);
        var box = new byte[NonceSize + TagSize + plain.Length];
        RandomNumberGenerator.Fill(box.AsSpan(0, NonceSize));
        using var aes = new AesGcm(_key.Value, TagSize);
        aes.Encrypt(box.AsSpan(0, NonceSize), plain, box.AsSpan(NonceSize + TagSize), box.AsSpan(NonceSize, TagSize), Encoding.UTF8.GetBytes(context));
        return box;
    }

    /// <exception cref="CryptographicException">Another key, another context, or changed bytes.</exception>
    public string Open(ReadOnlySpan<byte> box, string context)
    {
        var plain = new byte[box.Length - NonceSize - TagSize];
        using var aes = new AesGcm(_key.Value, TagSize);
        aes.Decrypt(box[..NonceSize], box[(NonceSize + TagSize)..], box.Slice(NonceSize, TagSize), plain, Encoding.UTF8.GetBytes(context));
        return Encoding.UTF8.GetString(plain);
    }
}

using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Interop.Platform.Engines;

namespace Interop.Platform;

/// <summary>
/// Where a module keeps sealed secrets: shows each box with its context to a visitor, and keeps what that returns, in the caller's
/// transaction. So they can be sealed anew when the key changes.
/// </summary>
internal sealed record Boxes(Func<Db, Engine, Func<byte[], string, byte[]>, CancellationToken, Task> VisitAsync);

/// <summary>
/// Secrets that the database must keep but not tell: AES-256-GCM under the newest of the keys <c>wrapping*.key</c> that is in use. A
/// box names its key, so that the others open what they sealed.
/// </summary>
internal sealed class SecretBox(KeyFolder keys, Clock clock)
{
    public const string Prefix = "wrapping";
    public const string Suffix = ".key";

    /// <summary>The first key, and the one of boxes that name none: there was only this one when they were sealed.</summary>
    public const string First = Prefix + Suffix;

    const int IdSize = 8;

    /// <summary>How long the folder need not be looked at again to seal.</summary>
    static readonly TimeSpan s_looked = TimeSpan.FromSeconds(1);

    volatile Looked _known = new([], 0);

    static ReadOnlySpan<byte> Mark => "IBX1"u8;

    sealed record Key(KeyFile File, string Id);

    /// <param name="Timestamp">When the folder was read; 0: never.</param>
    sealed record Looked(IReadOnlyList<Key> Keys, long Timestamp);

    /// <summary>Mark, key id, nonce, tag and ciphertext. <paramref name="context"/> (whose secret it is) must be the same to open it.</summary>
    public byte[] Seal(string secret, string context)
    {
        var key = Sealing();
        using var aes = new AesBox(key.File.Bytes);
        return [.. Mark, .. Convert.FromHexString(key.Id), .. aes.Seal(Encoding.UTF8.GetBytes(secret), context)];
    }

    /// <exception cref="CryptographicException">Another key, another context, or changed bytes.</exception>
    public string Open(byte[] box, string context)
    {
        if (IdOf(box) is { } id && Find(id) is { } key)
            return Open(key, box.AsSpan(Mark.Length + IdSize), context);
        if (Find(k => k.File.Name == First) is { } first)
            return Open(first, box, context);
        throw new CryptographicException($"The wrapping key {IdOf(box) ?? First} is not in the key folder.");
    }

    static string Open(Key key, ReadOnlySpan<byte> box, string context)
    {
        using var aes = new AesBox(key.File.Bytes);
        return Encoding.UTF8.GetString(aes.Open(box, context));
    }

    /// <summary>The same under the key that seals now; the box itself where that is its key already.</summary>
    public byte[] SealAnew(byte[] box, string context) => IdOf(box) == Sealing().Id ? box : Seal(Open(box, context), context);

    /// <summary>Which key a box names; null where it names none, and <see cref="First"/> sealed it.</summary>
    public static string? IdOf(ReadOnlySpan<byte> box) =>
        box.Length >= Mark.Length + IdSize + AesBox.Overhead && box.StartsWith(Mark) ? Convert.ToHexStringLower(box.Slice(Mark.Length, IdSize)) : null;

    /// <summary>Tells a key from others, and nothing about it: it is random, and 256 bits of it.</summary>
    public static string IdOf(KeyFile key) => Convert.ToHexStringLower(SHA256.HashData([.. "interop wrapping key "u8, .. key.Bytes]).AsSpan(0, IdSize));

    /// <summary>The key that seals now, by the folder as it is now. Makes the first where there is none.</summary>
    public KeyFile Newest()
    {
        Read();
        return Sealing().File;
    }

    /// <summary>The oldest first.</summary>
    public static IReadOnlyList<KeyFile> Files(KeyFolder folder) => [.. folder.All(Prefix).Where(k => k.Name.EndsWith(Suffix, StringComparison.Ordinal))];

    public static byte[] NewKey() => RandomNumberGenerator.GetBytes(32);

    Key Sealing()
    {
        var known = _known;
        if ((known.Timestamp > 0 && Stopwatch.GetElapsedTime(known.Timestamp) < s_looked ? known.Keys : Read()).LastOrDefault(k => k.File.IsUsed(clock.Now)) is { } newest)
            return newest;
        keys.GetOrMake(First, NewKey);
        return Read().Last(k => k.File.IsUsed(clock.Now));
    }

    /// <summary>What another node sealed under a key that came after this one looked is found by looking again.</summary>
    Key? Find(string id) => Find(k => k.Id == id);

    Key? Find(Func<Key, bool> wanted) => _known.Keys.FirstOrDefault(wanted) ?? Read().FirstOrDefault(wanted);

    IReadOnlyList<Key> Read() => (_known = new([.. Files(keys).Select(k => new Key(k, IdOf(k)))], Stopwatch.GetTimestamp())).Keys;
}

using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Interop.AuditLog;

/// <summary>What a key's signatures say (signed-note, "signature types").</summary>
public enum NoteAlgorithm
{
    /// <summary>0x01: Ed25519 over the note's text. A log's own signature.</summary>
    Ed25519 = 1,

    /// <summary>0x04: Ed25519 over a time and the note's text (tlog-cosignature). A witness has seen this checkpoint, and none that contradicts it.</summary>
    Cosignature = 4,
}

/// <summary>A public key as it is handed on: <c>name+id+base64</c>, called vkey.</summary>
public sealed record VerifierKey
{
    private const int TimeSize = 8;

    private readonly byte[] _publicKey;

    /// <param name="name">Not empty; without spaces and <c>+</c>. A log's is its origin.</param>
    /// <param name="publicKey">32 bytes, RFC 8032.</param>
    /// <exception cref="FormatException">No name, or no key.</exception>
    public VerifierKey(string name, NoteAlgorithm algorithm, ReadOnlySpan<byte> publicKey)
    {
        if (!IsName(name)) throw new FormatException("A key's name must not be empty nor have spaces or a plus.");
        if (!Ed25519.IsKey(publicKey)) throw new FormatException($"The key of {name} is no Ed25519 public key.");
        (Name, Algorithm, _publicKey) = (name, algorithm, publicKey.ToArray());
        KeyId = BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData([.. Encoding.UTF8.GetBytes(name), (byte)'\n', (byte)algorithm, .. publicKey]));
    }

    public string Name { get; }
    public NoteAlgorithm Algorithm { get; }
    public uint KeyId { get; }
    public ReadOnlySpan<byte> PublicKey => _publicKey;

    /// <exception cref="FormatException">It is no vkey, or its id is not that of its name and key.</exception>
    public static VerifierKey Parse(string vkey)
    {
        ArgumentNullException.ThrowIfNull(vkey);
        if (vkey.Split('+', 3) is not [var name, var id, var base64]
            || !uint.TryParse(id, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var keyId)
            || Base64.Strict(base64) is not [var algorithm, .. var publicKey])
            throw new FormatException($"'{vkey}' is no verifier key: name+id+base64.");
        if ((NoteAlgorithm)algorithm is not (NoteAlgorithm.Ed25519 or NoteAlgorithm.Cosignature)) throw new FormatException($"The key of {name} is of an unknown kind ({algorithm}).");
        var key = new VerifierKey(name, (NoteAlgorithm)algorithm, publicKey);
        return key.KeyId == keyId && id.Length == 8 ? key : throw new FormatException($"The id in '{vkey}' is not that of this name and key.");
    }

    /// <summary>Whether this key made the signature of a note with this text.</summary>
    public bool Verifies(string text, ReadOnlySpan<byte> signature) => Algorithm switch
    {
        NoteAlgorithm.Ed25519 => Ed25519.Verify(_publicKey, Encoding.UTF8.GetBytes(text), signature),
        _ => signature.Length == TimeSize + Ed25519.SignatureSize
            && BinaryPrimitives.ReadUInt64BigEndian(signature) is <= long.MaxValue and var time
            && Ed25519.Verify(_publicKey, CosignedText(text, (long)time), signature[TimeSize..]),
    };

    /// <summary>What a witness signs: that at this time, in seconds since 1970, this was the largest checkpoint that it knew.</summary>
    public static byte[] CosignedText(string text, long time) => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"cosignature/v1\ntime {time}\n{text}"));

    /// <summary>When a cosignature was made, in seconds since 1970.</summary>
    public static long CosignedAt(ReadOnlySpan<byte> signature) => (long)BinaryPrimitives.ReadUInt64BigEndian(signature);

    /// <summary>A cosignature's bytes from its time and Ed25519 signature.</summary>
    public static byte[] Cosignature(long time, ReadOnlySpan<byte> signature)
    {
        var bytes = new byte[TimeSize + signature.Length];
        BinaryPrimitives.WriteInt64BigEndian(bytes, time);
        signature.CopyTo(bytes.AsSpan(TimeSize));
        return bytes;
    }

    public bool Equals(VerifierKey? other) => other is not null && ToString() == other.ToString();

    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    public override string ToString() => $"{Name}+{KeyId:x8}+{Convert.ToBase64String([(byte)Algorithm, .. _publicKey])}";

    internal static bool IsName(string name) => !string.IsNullOrEmpty(name) && !name.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c == '+');
}

using System.Security.Cryptography;
using System.Text;
using Interop.AuditLog;
using Org.BouncyCastle.Crypto.Parameters;

namespace Interop.Audit.Log;

/// <summary>
/// A private key that signs notes: a log's, or a witness's. The one place that signs with Ed25519, which the base class library
/// lacks; verification is the log's own, so that what one made the other has checked.
/// </summary>
internal sealed class NoteSigner
{
    // RFC 8410: everything of a PKCS#8 Ed25519 key before its 32 bytes.
    static readonly byte[] s_pkcs8 = Convert.FromHexString("302e020100300506032b657004220420");

    readonly Ed25519PrivateKeyParameters _key;

    /// <param name="pem">PKCS#8, as <c>openssl genpkey -algorithm ed25519</c> writes it.</param>
    /// <exception cref="FormatException">It is no Ed25519 private key.</exception>
    public NoteSigner(string name, NoteAlgorithm algorithm, string pem)
    {
        _key = new(Seed(pem));
        Key = new(name, algorithm, _key.GeneratePublicKey().GetEncoded());
    }

    public VerifierKey Key { get; }

    public static byte[] NewPem() =>
        Encoding.ASCII.GetBytes(PemEncoding.WriteString("PRIVATE KEY", [.. s_pkcs8, .. RandomNumberGenerator.GetBytes(Ed25519PrivateKeyParameters.KeySize)]) + "\n");

    /// <param name="now">What a witness puts into its signature; a log's says nothing of time.</param>
    public NoteSignature Sign(string text, DateTimeOffset now)
    {
        var time = now.ToUnixTimeSeconds();
        var signature = Key.Algorithm is NoteAlgorithm.Cosignature
            ? VerifierKey.Cosignature(time, Sign(VerifierKey.CosignedText(text, time)))
            : Sign(Encoding.UTF8.GetBytes(text));
        return new(Key.Name, Key.KeyId, signature);
    }

    byte[] Sign(byte[] message)
    {
        var signature = new byte[Ed25519PrivateKeyParameters.SignatureSize];
        _key.Sign(Org.BouncyCastle.Math.EC.Rfc8032.Ed25519.Algorithm.Ed25519, null, message, 0, message.Length, signature, 0);
        return signature;
    }

    static byte[] Seed(string pem)
    {
        if (PemEncoding.TryFind(pem, out var fields) && pem[fields.Label] == "PRIVATE KEY"
            && Convert.FromBase64String(pem[fields.Base64Data]) is var der && der.Length == s_pkcs8.Length + Ed25519PrivateKeyParameters.KeySize && der.AsSpan().StartsWith(s_pkcs8))
            return der[s_pkcs8.Length..];
        throw new FormatException("It is no Ed25519 private key in PEM (PKCS#8).");
    }
}

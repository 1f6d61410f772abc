using System.Numerics;
using System.Security.Cryptography;

namespace Interop.AuditLog;

/// <summary>
/// Verification of Ed25519 signatures (RFC 8032, 5.1.7), which the base class library lacks. Strict, as verifiers of signed
/// notes are: the equation without the cofactor, S below the order, R and key in their one encoding; and, further than the
/// RFC asks, no key of small order. Signing is no auditor's business, and is not here.
/// </summary>
public static class Ed25519
{
    public const int PublicKeySize = 32;
    public const int SignatureSize = 64;

    // The order of the base point: 2^252 + 27742317777372353535851937790883648493.
    private static readonly BigInteger s_order = BigInteger.Pow(2, 252) + BigInteger.Parse("27742317777372353535851937790883648493", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Whether these 32 bytes are a public key under which a signature means something.</summary>
    public static bool IsKey(ReadOnlySpan<byte> publicKey) => publicKey.Length == PublicKeySize && CurvePoint.Decode(publicKey) is { IsOfSmallOrder: false };

    public static bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (publicKey.Length != PublicKeySize || signature.Length != SignatureSize) return false;
        if (CurvePoint.Decode(publicKey) is not { IsOfSmallOrder: false } key) return false;
        var r = signature[..32];
        var s = Number(signature[32..]);
        if (s >= s_order) return false;
        // S·B = R + k·A, so R must be S·B − k·A; compared as bytes, a second encoding of R is refused.
        var k = Number(SHA512.HashData([.. r, .. publicKey, .. message])) % s_order;
        return CurvePoint.Combine(s, CurvePoint.Base, k, -key).Encode().AsSpan().SequenceEqual(r);
    }

    private static BigInteger Number(ReadOnlySpan<byte> littleEndian) => new(littleEndian, isUnsigned: true);
}

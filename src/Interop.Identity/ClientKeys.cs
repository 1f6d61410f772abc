using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace Interop.Identity;

/// <summary>A client's public keys (RFC 7517), as far as SMART Backend Services uses them: RS384 and ES384.</summary>
internal static class ClientKeys
{
    public static readonly string[] Algorithms = [SecurityAlgorithms.RsaSha384, SecurityAlgorithms.EcdsaSha384];

    /// <returns>Null where it is no key set.</returns>
    public static JsonWebKeySet? Parse(string text)
    {
        try
        {
            return new JsonWebKeySet(text);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or FormatException or JsonException)
        {
            return null;
        }
    }

    /// <summary>What is wrong with a set that a client is to be registered with: the code of a fault, or null.</summary>
    public static string? Fault(string text)
    {
        if (Parse(text) is not { } set || set.Keys.Count is 0 or > 20)
            return "jwks";
        if (set.Keys.Any(k => k.HasPrivateKey || k.Kty == JsonWebAlgorithmsKeyTypes.Octet))
            return "jwks.private";
        return Signing(set).Any() ? null : "jwks.unusable";
    }

    public static IEnumerable<SecurityKey> Signing(JsonWebKeySet set) => set.Keys.Where(k => k.Use is null or "" or "sig").Where(IsUsable);

    static bool IsUsable(JsonWebKey key)
    {
        try
        {
            return key.Kty switch
            {
                JsonWebAlgorithmsKeyTypes.RSA => key.KeySize >= 2048 && Imports(key),
                JsonWebAlgorithmsKeyTypes.EllipticCurve => key.Crv == JsonWebKeyECTypes.P384 && Imports(key),
                _ => false,
            };
        }
        catch (Exception e) when (e is FormatException or ArgumentException or CryptographicException or NotSupportedException)
        {
            return false;
        }
    }

    static bool Imports(JsonWebKey key)
    {
        if (key.Kty == JsonWebAlgorithmsKeyTypes.RSA)
        {
            using var rsa = RSA.Create(new RSAParameters { Modulus = Base64UrlEncoder.DecodeBytes(key.N), Exponent = Base64UrlEncoder.DecodeBytes(key.E) });
            return rsa.KeySize is >= 2048 and <= 8192;
        }
        using var ec = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP384,
            Q = new() { X = Base64UrlEncoder.DecodeBytes(key.X), Y = Base64UrlEncoder.DecodeBytes(key.Y) },
        });
        return ec.KeySize == 384;
    }
}

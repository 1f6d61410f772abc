using System.Security.Cryptography;
using System.Text;
using Interop.Platform;
using Microsoft.IdentityModel.Tokens;

namespace Interop.Identity;

/// <summary>
/// The keys that sign access tokens: <c>signing-*.pem</c> in the key folder, PKCS#8, RSA or EC. All are published, the last by
/// name signs. To rotate: add one, restart the nodes; remove the old one once its last token has expired.
/// </summary>
internal sealed class SigningKeys(KeyFolder folder)
{
    public IReadOnlyList<SigningCredentials> NewestFirst()
    {
        if (All().Count == 0)
            folder.GetOrMake("signing-0001.pem", MakePem);
        return [.. All().Reverse().Select(k => Read(k.Name, k.Bytes))];
    }

    IReadOnlyList<(string Name, byte[] Bytes)> All() => [.. folder.All("signing-").Where(k => k.Name.EndsWith(".pem", StringComparison.Ordinal))];

    /// <summary>OpenIddict insists on one; nothing that leaves us is encrypted with it.</summary>
    public SymmetricSecurityKey EncryptionKey() => new(folder.GetOrMake("encryption.key", () => RandomNumberGenerator.GetBytes(32)));

    static byte[] MakePem()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        return Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    static SigningCredentials Read(string name, byte[] bytes)
    {
        var pem = Encoding.ASCII.GetString(bytes);
        try
        {
            var ec = ECDsa.Create();
            ec.ImportFromPem(pem);
            // P-384 named explicitly: left to itself OpenIddict publishes every EC key as ES256.
            var algorithm = ec.KeySize switch { 256 => SecurityAlgorithms.EcdsaSha256, 384 => SecurityAlgorithms.EcdsaSha384, _ => SecurityAlgorithms.EcdsaSha512 };
            return Named(new ECDsaSecurityKey(ec), algorithm);
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            try
            {
                var rsa = RSA.Create();
                rsa.ImportFromPem(pem);
                return Named(new RsaSecurityKey(rsa), SecurityAlgorithms.RsaSha256);
            }
            catch (Exception other) when (other is ArgumentException or CryptographicException)
            {
                throw new InvalidOperationException($"The signing key {name} is neither an RSA nor an EC private key in PEM.", other);
            }
        }
    }

    static SigningCredentials Named(AsymmetricSecurityKey key, string algorithm)
    {
        key.KeyId = Base64UrlEncoder.Encode(key.ComputeJwkThumbprint()); // RFC 7638
        return new(key, algorithm);
    }
}

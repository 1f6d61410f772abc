using System.Security.Cryptography;
using System.Text;
using Interop.Platform;
using Microsoft.IdentityModel.Tokens;

namespace Interop.Identity;

/// <summary>
/// The keys that sign access tokens: <c>signing-*.pem</c> in the key folder, PKCS#8, RSA or EC. All are published; the newest whose
/// time has come signs.
/// </summary>
internal sealed class SigningKeys(KeyFolder folder, Clock clock)
{
    public const string Prefix = "signing";
    public const string Suffix = ".pem";

    /// <summary>That which signs first.</summary>
    /// <exception cref="InvalidOperationException">A file is no key.</exception>
    public IReadOnlyList<SigningCredentials> NewestFirst() => [.. FilesNewestFirst().Select(k => Read(k.Name, k.Bytes))];

    /// <summary>The same as files. Those whose time has not come stand last: published, so that every node knows them when one signs.</summary>
    public IReadOnlyList<KeyFile> FilesNewestFirst()
    {
        if (Files().Count == 0)
            folder.GetOrMake(Prefix + "-0001" + Suffix, NewKey);
        var now = clock.Now;
        return [.. Files().Reverse().OrderByDescending(k => k.IsUsed(now))];
    }

    /// <summary>The oldest first.</summary>
    public IReadOnlyList<KeyFile> Files() => [.. folder.All(Prefix + "-").Where(k => k.Name.EndsWith(Suffix, StringComparison.Ordinal))];

    /// <summary>Why a file is no key that could sign; null where it is one.</summary>
    public static string? FaultOf(KeyFile key)
    {
        try
        {
            Read(key.Name, key.Bytes);
            return null;
        }
        catch (InvalidOperationException e)
        {
            return e.Message;
        }
    }

    /// <summary>OpenIddict insists on one; nothing that leaves us is encrypted with it.</summary>
    public SymmetricSecurityKey EncryptionKey() => new(folder.GetOrMake("encryption.key", () => RandomNumberGenerator.GetBytes(32)));

    public static byte[] NewKey()
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

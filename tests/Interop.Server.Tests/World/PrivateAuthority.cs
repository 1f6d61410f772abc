using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Interop.Server.Tests.World;

/// <summary>A certificate authority that nobody has heard of, as an organisation runs one for itself.</summary>
public sealed class PrivateAuthority : IDisposable
{
    readonly X509Certificate2 _own;

    public PrivateAuthority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=A private authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        var now = TimeProvider.System.GetUtcNow();
        _own = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(7));
    }

    /// <summary>What whoever trusts it is given.</summary>
    public string Pem => _own.ExportCertificatePem();

    /// <summary>A server's certificate for this name, with its key.</summary>
    public X509Certificate2 IssueCertificate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new("1.3.6.1.5.5.7.3.1")], critical: false)); // id-kp-serverAuth, RFC 5280
        using var issued = request.Create(_own, _own.NotBefore, _own.NotAfter, RandomNumberGenerator.GetBytes(16));
        return issued.CopyWithPrivateKey(key);
    }

    /// <summary>The same, as the files that servers read.</summary>
    public (string Certificate, string Key) Issue(string name)
    {
        using var issued = IssueCertificate(name);
        using var key = issued.GetECDsaPrivateKey()!;
        return (issued.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>What a client that trusts it, and nobody else, asks of a certificate.</summary>
    public SslClientAuthenticationOptions Trust() => new()
    {
        CertificateChainPolicy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { _own }, RevocationMode = X509RevocationMode.NoCheck },
    };

    public void Dispose() => _own.Dispose();
}

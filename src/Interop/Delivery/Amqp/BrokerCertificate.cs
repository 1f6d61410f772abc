using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using RabbitMQ.Client;

namespace Interop.Delivery.Amqp;

/// <summary>
/// What the certificate of a broker must be: for the host that was named, and signed by whom this machine trusts (on Linux what
/// <c>SSL_CERT_FILE</c> and <c>SSL_CERT_DIR</c> name, else the system's store).
/// </summary>
internal static class BrokerCertificate
{
    public static SslOption Asked(string host) => new(host, enabled: true) { CertificateValidationCallback = (_, _, chain, errors) => IsSound(host, chain, errors) };

    /// <exception cref="AuthenticationException">It is not: says what is wrong with it, which "rejected" does not.</exception>
    public static bool IsSound(string host, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors is SslPolicyErrors.None)
            return true;
        var faults = new List<string>();
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
            faults.Add("it shows no certificate");
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            faults.Add($"its certificate is not for {host}");
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
            faults.Add($"its certificate is not trusted here ({string.Join(", ", chain?.ChainStatus.Select(s => s.Status).Distinct() ?? [])})");
        throw new AuthenticationException($"{string.Join(", and ", faults)}.");
    }
}

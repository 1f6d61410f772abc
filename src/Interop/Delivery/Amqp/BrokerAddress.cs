using System.Globalization;
using System.Text.RegularExpressions;

namespace Interop.Delivery.Amqp;

/// <summary>
/// <c>amqp://user:password@host[:5672][,host…][/vhost]</c>, or <c>amqps://</c> (5671). What is reserved in a URL is written in its
/// percent form: the virtual host <c>a/b</c> as <c>a%2Fb</c>.
/// </summary>
/// <param name="Hosts">Any of these will do: the nodes of one cluster.</param>
internal sealed partial record BrokerAddress(bool Tls, string User, string Password, string VirtualHost, IReadOnlyList<(string Host, int Port)> Hosts)
{
    /// <exception cref="InvalidOperationException">It is none. The message does not repeat it: it holds a password.</exception>
    public static BrokerAddress Parse(string text)
    {
        var match = Shape().Match(text);
        if (!match.Success)
            throw new InvalidOperationException("ConnectionStrings:Broker must be amqp://user:password@host:port/vhost, or amqps://…; several hosts are separated by commas.");
        var tls = match.Groups["tls"].Success;
        string Part(string name, string absent) => match.Groups[name] is { Success: true, Length: > 0 } group ? Uri.UnescapeDataString(group.Value) : absent;
        return new(tls, Part("user", "guest"), Part("password", "guest"), Part("vhost", "/"), [.. match.Groups["hosts"].Value.Split(',').Select(h => HostOf(h, tls ? 5671 : 5672))]);
    }

    /// <summary>Where it is, and nothing of how one gets in.</summary>
    public override string ToString() => string.Join(",", Hosts.Select(h => $"{h.Host}:{h.Port}"));

    static (string, int) HostOf(string text, int port)
    {
        var colon = text.LastIndexOf(':');
        if (colon <= text.LastIndexOf(']')) // of an IPv6 address, which stands in brackets
            return (text.Trim('[', ']'), port);
        if (!int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port) || port is < 1 or > 65535)
            throw new InvalidOperationException("ConnectionStrings:Broker names a port that is none.");
        return (text[..colon].Trim('[', ']'), port);
    }

    [GeneratedRegex(@"^amqp(?<tls>s)?://(?:(?<user>[^:@/,]*)(?::(?<password>[^@/]*))?@)?(?<hosts>(?:[^\[\]/@,:?#\s]+|\[[0-9a-fA-F:.]+\])(?::\d+)?(?:,(?:[^\[\]/@,:?#\s]+|\[[0-9a-fA-F:.]+\])(?::\d+)?)*)(?:/(?<vhost>[^/?#\s]*))?$", RegexOptions.CultureInvariant)]
    private static partial Regex Shape();
}

using System.Net;
using Interop.Delivery;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace Interop.Tests.Delivery;

public sealed class AddressGuardTests
{
    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("0.1.2.3")]
    [InlineData("10.0.0.1")]
    [InlineData("100.64.0.1")]
    [InlineData("100.100.100.200")] // a cloud's metadata
    [InlineData("127.0.0.1")]
    [InlineData("127.255.255.254")]
    [InlineData("168.63.129.16")]
    [InlineData("169.254.169.254")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.0.0.192")]
    [InlineData("192.0.2.1")]
    [InlineData("192.88.99.1")]
    [InlineData("192.168.1.1")]
    [InlineData("198.18.0.1")]
    [InlineData("198.51.100.1")]
    [InlineData("203.0.113.1")]
    [InlineData("224.0.0.1")]
    [InlineData("240.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:8.8.8.8")]
    [InlineData("::127.0.0.1")]
    [InlineData("64:ff9b::7f00:1")]
    [InlineData("64:ff9b:1::1")]
    [InlineData("100::1")]
    [InlineData("2001::1")]
    [InlineData("2001:db8::1")]
    [InlineData("2002:7f00:1::")]
    [InlineData("3fff::1")]
    [InlineData("5f00::1")]
    [InlineData("fc00::1")]
    [InlineData("fd00:ec2::254")]
    [InlineData("fe80::1")]
    [InlineData("fec0::1")]
    [InlineData("ff02::1")]
    public void An_address_that_is_not_public_is_refused(string address) => Assert.False(Guard().Permits(IPAddress.Parse(address), https: true));

    [Theory]
    [InlineData("8.8.8.8")]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.1")]
    [InlineData("172.15.255.255")]
    [InlineData("172.32.0.1")]
    [InlineData("223.255.255.255")]
    [InlineData("2606:4700:4700::1111")]
    [InlineData("2a00:1450:4001:81b::200e")]
    public void A_public_address_is_called_by_https_alone(string address)
    {
        Assert.True(Guard().Permits(IPAddress.Parse(address), https: true));
        Assert.False(Guard().Permits(IPAddress.Parse(address), https: false));
    }

    [Fact]
    public void An_allowed_network_is_open_to_plain_http_and_opens_no_other()
    {
        var guard = Guard("127.0.0.0/8, ::1/128");
        Assert.True(guard.Permits(IPAddress.Parse("127.0.0.1"), https: false));
        Assert.True(guard.Permits(IPAddress.Parse("::1"), https: false));
        Assert.True(guard.Permits(IPAddress.Parse("::ffff:127.0.0.1"), https: false));
        Assert.False(guard.Permits(IPAddress.Parse("10.0.0.1"), https: true));
        Assert.False(guard.Permits(IPAddress.Parse("::ffff:10.0.0.1"), https: true));
    }

    [Fact]
    public void A_network_that_is_none_stops_the_start() =>
        Assert.Contains("10.1.0.0/33", Assert.Throws<InvalidOperationException>(() => Guard("127.0.0.0/8, 10.1.0.0/33")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("https://203.0.113.7/hook", "address.refused")]
    [InlineData("https://2130706433/hook", "address.refused")]
    [InlineData("https://0x7f.1/hook", "address.refused")]
    [InlineData("https://0177.0.0.1/hook", "address.refused")]
    [InlineData("https://[::ffff:10.0.0.1]/hook", "address.refused")]
    [InlineData("http://8.8.8.8/hook", "address.https")]
    [InlineData("ftp://8.8.8.8/hook", "address.https")]
    [InlineData("https://user:word@8.8.8.8/hook", "address.user")]
    [InlineData("https://8.8.8.8/hook#part", "address.fragment")]
    [InlineData("https://8.8.8.8/ho ok", "address.malformed")]
    [InlineData("/hook", "address.malformed")]
    [InlineData("https://", "address.malformed")]
    public async Task An_address_that_will_not_be_called_is_refused_when_it_is_named(string url, string code) =>
        Assert.Equal(code, (await Guard().CheckAsync("url", url, CancellationToken.None))?.Code);

    [Theory]
    [InlineData("https://8.8.8.8/hook?token=1")]
    [InlineData("https://[2606:4700:4700::1111]:8443/hook")]
    public async Task A_public_https_address_is_taken(string url) => Assert.Null(await Guard().CheckAsync("url", url, CancellationToken.None));

    static AddressGuard Guard(string? allowed = null) =>
        new(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["Delivery:AllowedNetworks"] = allowed }).Build());
}

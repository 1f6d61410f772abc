using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Server;

/// <summary>Who a proxy says calls is believed if the proxy was named. The lockout, which is kept per address, shows who was believed.</summary>
public sealed class ProxyTests(SqliteExchange shared) : ExchangeTests(shared)
{
    [Fact]
    public async Task A_proxy_that_was_named_is_believed()
    {
        var exchange = await StartAsync(new() { Settings = ["Server:KnownProxies=127.0.0.1"] });
        await LockOutAsync(exchange, "198.51.100.7");
        Assert.Equal(429, await FailAsync(exchange, "198.51.100.7"));
        Assert.Equal(401, await FailAsync(exchange, "198.51.100.8"));
        Assert.Equal(401, await FailAsync(exchange, "198.51.100.7, 203.0.113.9")); // what the caller itself wrote before the proxy added where it came from
    }

    [Theory]
    [InlineData("10.0.0.0/8")]
    [InlineData("")]
    public async Task Nobody_else_is(string proxies)
    {
        var exchange = await StartAsync(new() { Settings = [$"Server:KnownProxies={proxies}"] });
        await LockOutAsync(exchange, "198.51.100.7");
        Assert.Equal(429, await FailAsync(exchange, "198.51.100.8"));
    }

    [Fact]
    public async Task What_is_no_address_stops_the_start()
    {
        var e = await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync(new() { Settings = ["Server:KnownProxies=proxy.local"] }));
        Assert.Contains("Server:KnownProxies", e.Message, StringComparison.Ordinal);
    }

    static async Task LockOutAsync(Exchange exchange, string from)
    {
        for (var i = 0; i < 10; i++)
            Assert.Equal(401, await FailAsync(exchange, from));
    }

    static async Task<int> FailAsync(Exchange exchange, string from)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/connect/token")
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["client_id"] = "juzgado-central", ["client_secret"] = "wrong" }),
        };
        request.Headers.Add("X-Forwarded-For", from);
        using var answer = await exchange.Http.SendAsync(request);
        return (int)answer.StatusCode;
    }
}

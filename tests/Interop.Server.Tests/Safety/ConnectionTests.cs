using Interop.Server.Tests.World;
using static Interop.Server.Tests.World.Wire;

namespace Interop.Server.Tests.Safety;

/// <summary>What a connection may cost before anybody knows who it is. Plain sockets: no client library holds back like this.</summary>
public sealed class ConnectionTests(SqliteExchange shared) : ExchangeTests(shared)
{
    [Fact]
    public async Task Headers_that_never_end_are_not_waited_for()
    {
        var exchange = await StartAsync(new() { Settings = ["Limits:HeadersTimeout=00:00:01"] });
        using var slow = await OpenAsync(exchange);
        await SendAsync(slow, "GET /health/live HTTP/1.1\r\nHost: localhost\r\nX-Never: ");
        Assert.StartsWith("HTTP/1.1 408", await ToTheEndAsync(slow), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_trickles_is_not_waited_for()
    {
        var exchange = await StartAsync(new());
        using var slow = await OpenAsync(exchange);
        var token = await new Court(exchange).TokenAsync();
        await SendAsync(slow, $"POST /v1/referrals HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{{");
        Assert.StartsWith("HTTP/1.1 408", await ToTheEndAsync(slow), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_on_which_nothing_is_asked_is_closed()
    {
        var exchange = await StartAsync(new() { Settings = ["Limits:IdleTimeout=00:00:01"] });
        using var idle = await OpenAsync(exchange);
        await SendAsync(idle, "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200", await ToTheEndAsync(idle), StringComparison.Ordinal); // the end comes without our asking
    }

    [Fact]
    public async Task Connections_beyond_the_limit_are_closed_as_they_open_and_those_before_them_are_served()
    {
        var exchange = await StartAsync(new() { Settings = ["Limits:MaxConnections=2"] });
        using var first = await OpenAsync(exchange);
        await SendAsync(first, "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
        await ReadSomeAsync(first);
        using var second = await OpenAsync(exchange);
        await SendAsync(second, "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
        await ReadSomeAsync(second);

        using var third = await OpenAsync(exchange);
        await SendAsync(third, "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
        Assert.Equal("", await ToTheEndAsync(third));
        await SendAsync(first, "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200", await ReadSomeAsync(first), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Headers_beyond_their_size_are_refused()
    {
        using var large = await OpenAsync(Exchange);
        await SendAsync(large, $"GET /health/live HTTP/1.1\r\nHost: localhost\r\nX-Large: {new string('x', 40 * 1024)}\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 431", await ToTheEndAsync(large), StringComparison.Ordinal);
    }
}

using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Interop.Server.Safety;

/// <summary>Configuration section <c>Limits</c>: what one connection may cost before anybody knows who it is.</summary>
internal sealed class LimitOptions
{
    public const string Section = "Limits";

    /// <summary>Open at once; 10,000. Beyond it a connection is closed as it opens. 0: no limit.</summary>
    public int MaxConnections { get; init; } = 10_000;

    /// <summary>For the request's line and headers to arrive. 15 seconds; 1 second to 5 minutes.</summary>
    public TimeSpan HeadersTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>A connection on which nothing is asked. 2 minutes; 1 second to 1 hour.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>A body must arrive, and an answer be taken, at so many bytes a second, after five seconds of grace. 240; 0: no limit.</summary>
    public int MinBytesPerSecond { get; init; } = 240;

    /// <summary>Of an HTTP/2 connection, requests at once. 100; 1 to 1,000.</summary>
    public int StreamsPerConnection { get; init; } = 100;

    /// <exception cref="InvalidOperationException">A value is out of its bounds.</exception>
    public static LimitOptions From(IConfiguration configuration)
    {
        var o = configuration.GetSection(Section).Get<LimitOptions>() ?? new();
        static InvalidOperationException Wrong(string name, string bounds, object value) => new($"{Section}:{name} must be {bounds}, not {value}.");
        if (o.MaxConnections < 0)
            throw Wrong(nameof(MaxConnections), "0 or more", o.MaxConnections);
        if (o.HeadersTimeout < TimeSpan.FromSeconds(1) || o.HeadersTimeout > TimeSpan.FromMinutes(5))
            throw Wrong(nameof(HeadersTimeout), "between 00:00:01 and 00:05:00", o.HeadersTimeout);
        if (o.IdleTimeout < TimeSpan.FromSeconds(1) || o.IdleTimeout > TimeSpan.FromHours(1))
            throw Wrong(nameof(IdleTimeout), "between 00:00:01 and 01:00:00", o.IdleTimeout);
        if (o.MinBytesPerSecond < 0)
            throw Wrong(nameof(MinBytesPerSecond), "0 or more", o.MinBytesPerSecond);
        if (o.StreamsPerConnection is < 1 or > 1000)
            throw Wrong(nameof(StreamsPerConnection), "between 1 and 1000", o.StreamsPerConnection);
        return o;
    }

    public void Apply(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        var limits = kestrel.Limits;
        var rate = MinBytesPerSecond == 0 ? null : new MinDataRate(MinBytesPerSecond, TimeSpan.FromSeconds(5));
        limits.MaxConcurrentConnections = MaxConnections == 0 ? null : MaxConnections;
        limits.MaxConcurrentUpgradedConnections = limits.MaxConcurrentConnections;
        limits.RequestHeadersTimeout = HeadersTimeout;
        limits.KeepAliveTimeout = IdleTimeout;
        (limits.MinRequestBodyDataRate, limits.MinResponseDataRate) = (rate, rate);
        limits.MaxRequestLineSize = 8 * 1024;
        limits.MaxRequestHeadersTotalSize = 32 * 1024;
        limits.MaxRequestHeaderCount = 100;
        limits.Http2.MaxStreamsPerConnection = StreamsPerConnection;
        limits.Http2.KeepAlivePingDelay = TimeSpan.FromMinutes(1);
        limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(20);
    }
}

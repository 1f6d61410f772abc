using System.Globalization;

namespace Interop.Server;

/// <summary>
/// How a process ends when it is asked to: it takes no more connections and no more work, and finishes what it has begun, requests
/// and sends at once. <c>Server:StopWithin</c> bounds that: 25 s, because a send may take ten, and orchestrators kill after 30.
/// </summary>
internal sealed record Stopping(TimeSpan Within)
{
    public const string Setting = "Server:StopWithin";

    /// <exception cref="InvalidOperationException">It is no time, or out of bounds.</exception>
    public static Stopping From(IConfiguration configuration) => configuration[Setting] switch
    {
        null or "" => new(TimeSpan.FromSeconds(25)),
        var text when TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var within) && within >= TimeSpan.FromSeconds(1) && within <= TimeSpan.FromMinutes(10) => new(within),
        var text => throw new InvalidOperationException($"{Setting} is {text}: a time between 00:00:01 and 00:10:00."),
    };

    public void Apply(HostOptions host)
    {
        host.ShutdownTimeout = Within;
        host.ServicesStopConcurrently = true; // one after the other, a slow request would use up the time of a send
    }
}

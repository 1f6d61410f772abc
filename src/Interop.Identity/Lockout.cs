using System.Collections.Concurrent;
using System.Net;
using Interop.Platform;

namespace Interop.Identity;

/// <summary>
/// Ten failures within a minute for one client from one address: no more attempts until the minute is over. Kept in memory,
/// per node; it slows guessing, and is not what keeps a secret safe.
/// </summary>
internal sealed class Lockout(Clock clock)
{
    public const int Failures = 10;
    const int MaxEntries = 20_000;
    static readonly TimeSpan s_window = TimeSpan.FromMinutes(1);

    readonly ConcurrentDictionary<(string Client, IPAddress? Address), (DateTimeOffset Since, int Count)> _failed = new();

    /// <summary>How long this client must wait, or null where it need not.</summary>
    public TimeSpan? Remaining(string client, IPAddress? address) =>
        _failed.TryGetValue((client, address), out var failed) && failed.Count >= Failures && failed.Since + s_window - clock.Now is { Ticks: > 0 } wait && wait <= s_window // more, where the clock was set back
            ? wait
            : null;

    public void Failed(string client, IPAddress? address)
    {
        var now = clock.Now;
        if (_failed.Count >= MaxEntries)
            _failed.Clear(); // somebody tries names at random: memory first, and ten more guesses gain nothing
        _failed.AddOrUpdate((client, address), (now, 1), (_, failed) => failed.Since + s_window <= now || failed.Since > now ? (now, 1) : (failed.Since, failed.Count + 1));
    }
}

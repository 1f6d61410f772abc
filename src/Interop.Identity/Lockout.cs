using System.Collections.Concurrent;
using System.Net;
using Interop.Platform;

namespace Interop.Identity;

/// <summary>
/// Ten failures within a minute for one client from one address, or a hundred (<c>Identity:FailuresPerAddress</c>) from one
/// address for whichever clients: no more attempts until the minute is over. Kept in memory, per node; it slows guessing, and is
/// not what keeps a secret safe.
/// </summary>
internal sealed class Lockout(IdentityOptions options, Clock clock)
{
    public const int Failures = 10;
    const int MaxEntries = 20_000;
    static readonly TimeSpan s_window = TimeSpan.FromMinutes(1);

    /// <summary>How long a client that proved itself from an address is spared what others do from there: they may share a proxy.</summary>
    static readonly TimeSpan s_trust = TimeSpan.FromDays(1);

    readonly ConcurrentDictionary<(string? Client, IPAddress? Address), (DateTimeOffset Since, int Count)> _failed = new();
    readonly ConcurrentDictionary<(string Client, IPAddress? Address), DateTimeOffset> _proven = new();

    /// <summary>How long this client must wait, or null where it need not.</summary>
    public TimeSpan? Remaining(string client, IPAddress? address)
    {
        var now = clock.Now;
        if (Remaining((client, address), Failures, now) is { } wait)
            return wait;
        var proven = _proven.TryGetValue((client, address), out var at) && at + s_trust > now;
        return proven ? null : Remaining((EveryClient, address), options.FailuresPerAddress, now);
    }

    public void Failed(string client, IPAddress? address)
    {
        var now = clock.Now;
        MakeRoom(now);
        foreach (var key in ((string?, IPAddress?)[])[(client, address), (EveryClient, address)])
            _failed.AddOrUpdate(key, (now, 1), (_, failed) => failed.Since + s_window <= now || failed.Since > now ? (now, 1) : (failed.Since, failed.Count + 1));
    }

    public void Proven(string client, IPAddress? address)
    {
        if (_proven.Count >= MaxEntries)
            _proven.Clear();
        _proven[(client, address)] = clock.Now;
    }

    /// <summary>Whichever client: what a request claims can be any text, the empty one too.</summary>
    const string? EveryClient = null;

    TimeSpan? Remaining((string? Client, IPAddress? Address) key, int failures, DateTimeOffset now) =>
        _failed.TryGetValue(key, out var failed) && failed.Count >= failures && failed.Since + s_window - now is { Ticks: > 0 } wait && wait <= s_window ? wait : null; // more, where the clock was set back

    /// <summary>Somebody tries names at random: memory first. Who is locked out stays so.</summary>
    void MakeRoom(DateTimeOffset now)
    {
        if (_failed.Count < MaxEntries)
            return;
        foreach (var (key, failed) in _failed)
            if (failed.Since + s_window <= now || failed.Count < (key.Client == EveryClient ? options.FailuresPerAddress : Failures))
                _failed.TryRemove(key, out _);
    }
}

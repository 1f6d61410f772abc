using Interop.Platform;

namespace Interop.Identity;

/// <summary>
/// What somebody else publishes: kept for an hour, asked again for what is not in it, at most once a <paramref name="pause"/>, and
/// kept for a day while its address does not answer.
/// </summary>
/// <param name="fetch">Never throws; null where it could not be had.</param>
internal sealed class Fetched<T>(Func<Task<T?>> fetch, TimeSpan pause, Clock clock) where T : class
{
    static readonly TimeSpan s_fresh = TimeSpan.FromHours(1);
    static readonly TimeSpan s_stale = TimeSpan.FromDays(1);
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    readonly Lock _lock = new();
    T? _value;
    DateTimeOffset _fetchedAt;
    DateTimeOffset _notBefore;
    Task? _fetching;

    /// <summary>What is known, fetched anew where it is old or lacks what is looked for.</summary>
    public async Task<T?> GetAsync(Func<T, bool> has, CancellationToken ct)
    {
        Task fetching;
        bool usable;
        lock (_lock)
        {
            var now = clock.Now;
            var isFresh = _value is not null && (now - _fetchedAt).Duration() < s_fresh; // neither old nor, where the clock was set back, of the future
            usable = _value is not null && has(_value);
            if (isFresh && usable)
                return _value;
            if (_fetching is null && now < _notBefore && _notBefore - now <= pause)
                return _value;
            fetching = _fetching ??= RefreshAsync(isFresh); // of many that ask at once, one fetches
        }
        try
        {
            await fetching.WaitAsync(usable ? s_patience : Timeout.InfiniteTimeSpan, ct);
        }
        catch (TimeoutException)
        {
            // It is old and will do: nobody waits for an address that does not answer.
        }
        lock (_lock)
            return _value;
    }

    async Task RefreshAsync(bool forUnknown)
    {
        await Task.Yield(); // begun under the lock, done outside it
        var fetched = await fetch();
        lock (_lock)
        {
            var now = clock.Now;
            if (fetched is not null)
                (_value, _fetchedAt) = (fetched, now);
            else if (now - _fetchedAt >= s_stale)
                _value = null;
            // Anybody can name a key that does not exist: that, and an address that fails, makes us ask once in a while and no more.
            _notBefore = forUnknown || fetched is null ? now + pause : now;
            _fetching = null;
        }
    }
}

using System.Diagnostics;

namespace Interop.Identity;

/// <summary>Something asked at every request: answered from memory, at most half a second old on every node.</summary>
internal sealed class Recent<T>(Func<CancellationToken, Task<T>> read) : IDisposable where T : class
{
    static readonly TimeSpan s_maxAge = TimeSpan.FromMilliseconds(500);

    readonly SemaphoreSlim _reading = new(1, 1);
    volatile Snapshot? _snapshot;

    public ValueTask<T> GetAsync(CancellationToken ct) =>
        _snapshot is { } known && Stopwatch.GetElapsedTime(known.At) < s_maxAge ? new(known.Value) : new(SinceAsync(Stopwatch.GetTimestamp(), ct));

    /// <summary>As read at <paramref name="since"/> or later; one reader for all who wait.</summary>
    public async Task<T> SinceAsync(long since, CancellationToken ct)
    {
        if (_snapshot is { } known && known.At >= since)
            return known.Value;
        await _reading.WaitAsync(ct);
        try
        {
            if (_snapshot is { } fresh && fresh.At >= since)
                return fresh.Value;
            var at = Stopwatch.GetTimestamp();
            var value = await read(ct);
            _snapshot = new(at, value);
            return value;
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <summary>What was read before is forgotten: call it after a commit that changes it.</summary>
    public void Forget() => _snapshot = null;

    public void Dispose() => _reading.Dispose();

    sealed record Snapshot(long At, T Value);
}

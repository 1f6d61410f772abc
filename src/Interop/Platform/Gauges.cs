namespace Interop.Platform;

/// <summary>What a module says of its own queues.</summary>
internal interface IGauge
{
    /// <summary>Looks, at a cost that does not grow with what waits, and records.</summary>
    Task SampleAsync(Db db, DateTimeOffset now, CancellationToken ct);
}

/// <summary>Looks at the queues every few seconds, in the worker role alone, so that no scrape reaches the database.</summary>
internal sealed class Gauges(Db db, Clock clock, IEnumerable<IGauge> gauges) : IBatch
{
    /// <summary>No queue is counted beyond this: a count must not cost more than the work that it counts.</summary>
    public const int Most = 100_000;

    public async Task<int> RunOnceAsync(CancellationToken ct)
    {
        foreach (var gauge in gauges)
            await gauge.SampleAsync(db, clock.Now, ct);
        return 0;
    }
}

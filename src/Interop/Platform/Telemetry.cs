using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Interop.Platform;

/// <summary>
/// The one source of spans and the one meter, both named <c>Interop</c>. Each module declares its own instruments beside what they
/// count. Tags are words of closed lists: never a person, a matter, an id, an address, or anything that a caller wrote.
/// </summary>
internal static class Telemetry
{
    public const string Name = "Interop";

    /// <summary>Of waits inside the server: from a tenth of a millisecond to the time at which somebody gives up.</summary>
    static readonly double[] s_waits = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

    /// <summary>From a commit until a partner has it: milliseconds, or days where it was away.</summary>
    static readonly double[] s_ways = [0.002, 0.004, 0.006, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200, 86400, 259200];

    public static ActivitySource Source { get; } = new(Name);

    public static Meter Meter { get; } = new(Name);

    public static Counter<long> Counter(string name, string description) => Meter.CreateCounter<long>(name, null, description);

    public static Histogram<double> Wait(string name, string description) =>
        Meter.CreateHistogram(name, "s", description, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = s_waits });

    public static Histogram<double> Way(string name, string description) =>
        Meter.CreateHistogram(name, "s", description, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = s_ways });

    /// <summary>Sampled by the worker role (<see cref="Gauges"/>): a scrape costs the database nothing.</summary>
    public static Gauge<long> Depth(string name, string description) => Meter.CreateGauge<long>(name, null, description);

    /// <summary>The same, in seconds.</summary>
    public static Gauge<double> Age(string name, string description) => Meter.CreateGauge<double>(name, "s", description);

    extension(Counter<long> counter)
    {
        public void Add(string tag, string value) => counter.Add(1, new KeyValuePair<string, object?>(tag, value));
    }

    extension(Histogram<double> histogram)
    {
        public void RecordSince(long timestamp, string tag, string value)
        {
            if (histogram.Enabled)
                histogram.Record(Stopwatch.GetElapsedTime(timestamp).TotalSeconds, new KeyValuePair<string, object?>(tag, value));
        }
    }

    /// <summary>A span of work that belongs to an event: a child of the request, or of whatever else, that recorded it.</summary>
    public static Activity? StartOf(string name, ActivityKind kind, string? traceParent) =>
        ActivityContext.TryParse(traceParent, null, isRemote: true, out var parent) ? Source.StartActivity(name, kind, parent) : Source.StartActivity(name, kind);
}

/// <summary>What units of work, locks and workers tell of themselves.</summary>
internal static class PlatformMetrics
{
    public static Counter<long> EventsRecorded { get; } = Telemetry.Counter("interop.events.recorded", "Events committed, by type.");

    public static Counter<long> Repeats { get; } = Telemetry.Counter("interop.requests.repeated", "Requests answered again under their Idempotency-Key.");

    public static Counter<long> Conflicts { get; } = Telemetry.Counter("interop.work.conflicts", "Units of work that met another and began anew.");

    public static Counter<long> Unavailable { get; } = Telemetry.Counter("interop.database.unavailable", "Units of work that the database could not take.");

    public static Histogram<double> BeginWaits { get; } = Telemetry.Wait("interop.work.begin.wait", "Until a unit of work had its transaction: the pool's wait, or the one writer's.");

    public static Histogram<double> LockWaits { get; } = Telemetry.Wait("interop.lock.wait", "Until the persons' locks were held, by mode.");

    public static Counter<long> WorkerFailures { get; } = Telemetry.Counter("interop.worker.failures", "Batches that failed, by worker.");

    public static Gauge<long> Unrelayed { get; } = Telemetry.Depth("interop.events.unrelayed", "Recorded events that wait for the relay.");

    public static Gauge<double> RelayAge { get; } = Telemetry.Age("interop.events.unrelayed.age", "Age of the oldest event that waits for the relay.");
}

/// <summary>When each worker of this process last ended a batch without a failure.</summary>
internal static class WorkerHealth
{
    static readonly ConcurrentDictionary<string, long> s_last = new();

    static WorkerHealth() => Telemetry.Meter.CreateObservableGauge("interop.worker.last.success.age",
        () => s_last.Select(w => new Measurement<double>(Stopwatch.GetElapsedTime(w.Value).TotalSeconds, new KeyValuePair<string, object?>("worker", w.Key))),
        "s", "Since a worker last ended a batch without a failure.");

    public static void Worked(string worker) => s_last[worker] = Stopwatch.GetTimestamp();
}

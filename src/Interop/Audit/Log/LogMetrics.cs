using System.Diagnostics.Metrics;
using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Audit.Log;

internal static class LogMetrics
{
    public static Gauge<long> Signed { get; } = Telemetry.Depth("interop.audit.log.signed", "Entries that the newest checkpoint covers.");

    public static Gauge<long> Unsigned { get; } = Telemetry.Depth("interop.audit.log.unsigned", "Numbered entries that no checkpoint covers yet.");

    public static Gauge<long> Stopped { get; } = Telemetry.Depth("interop.audit.log.stopped", "1 while the log is not signed because it does not extend what was signed, or is damaged.");

    public static Gauge<long> Contradicted { get; } = Telemetry.Depth("interop.audit.log.contradicted", "1 while a witness holds what this log does not show.");

    public static Counter<long> Cosignatures { get; } = Telemetry.Counter("interop.audit.log.cosignatures", "Cosignatures that witnesses gave.");
}

/// <summary>How the log stands.</summary>
internal sealed class LogGauge(LogOptions options) : IGauge
{
    public async Task SampleAsync(Db db, DateTimeOffset now, CancellationToken ct)
    {
        var signed = await db.Checkpoints.Where(c => c.Origin == options.Origin).MaxAsync(c => (long?)c.Size, ct) ?? 0;
        var numbered = await db.AuditSequence.MaxAsync(s => (long?)s.Index, ct) + 1 ?? 0;
        LogMetrics.Signed.Record(signed);
        LogMetrics.Unsigned.Record(Math.Max(0, numbered - signed));
        LogMetrics.Stopped.Record(await LogStanding.StoppedAsync(db, ct) is null ? 0 : 1);
        LogMetrics.Contradicted.Record(await LogStanding.ContradictedAsync(db, ct) is null ? 0 : 1);
    }
}

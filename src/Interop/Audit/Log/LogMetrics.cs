using System.Diagnostics.Metrics;
using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Audit.Log;

internal static class LogMetrics
{
    public static Gauge<long> Signed { get; } = Telemetry.Depth("interop.audit.log.signed", "Entries that the newest checkpoint covers.");

    public static Gauge<long> Unsigned { get; } = Telemetry.Depth("interop.audit.log.unsigned", "Numbered entries that no checkpoint covers yet.");

    public static Gauge<double> UnsignedAge { get; } = Telemetry.Age("interop.audit.log.unsigned.age", "Age of the oldest numbered entry that no checkpoint covers.");

    public static Gauge<double> SignedAge { get; } = Telemetry.Age("interop.audit.log.signed.age", "Age of the newest checkpoint. Where nothing happens there is no newer one.");

    public static Gauge<double> CosignedLag { get; } = Telemetry.Age("interop.audit.log.cosigned.lag",
        "How much older than the newest checkpoint the one is that the witness who is farthest behind cosigned last; 0 without witnesses.");

    public static Gauge<long> Stopped { get; } = Telemetry.Depth("interop.audit.log.stopped", "1 while the log is not signed because it does not extend what was signed, or is damaged.");

    public static Gauge<long> Contradicted { get; } = Telemetry.Depth("interop.audit.log.contradicted", "1 while a witness holds what this log does not show.");

    public static Counter<long> Cosignatures { get; } = Telemetry.Counter("interop.audit.log.cosignatures", "Cosignatures that witnesses gave.");
}

/// <summary>How the log stands.</summary>
internal sealed class LogGauge(LogOptions options) : IGauge
{
    public async Task SampleAsync(Db db, DateTimeOffset now, CancellationToken ct)
    {
        var newest = await db.Checkpoints.AsNoTracking().Where(c => c.Origin == options.Origin).OrderByDescending(c => c.Size).FirstOrDefaultAsync(ct);
        var signed = newest?.Size ?? 0;
        var numbered = await db.AuditSequence.MaxAsync(s => (long?)s.Index, ct) + 1 ?? 0;
        LogMetrics.Signed.Record(signed);
        LogMetrics.Unsigned.Record(Math.Max(0, numbered - signed));
        var waits = await db.AuditSequence.AsNoTracking().Where(s => s.Index == signed)
            .Join(db.AuditEntries, s => s.EntryId, e => e.Id, (_, e) => (DateTimeOffset?)e.At).FirstOrDefaultAsync(ct);
        LogMetrics.UnsignedAge.Record(waits is { } at ? (now - at).TotalSeconds : 0);
        LogMetrics.SignedAge.Record(newest is null ? 0 : (now - newest.At).TotalSeconds);
        LogMetrics.CosignedLag.Record(newest is null ? 0 : await CosignedLagAsync(db, newest, ct));
        LogMetrics.Stopped.Record(await LogStanding.StoppedAsync(db, ct) is null ? 0 : 1);
        LogMetrics.Contradicted.Record(await LogStanding.ContradictedAsync(db, ct) is null ? 0 : 1);
    }

    async Task<double> CosignedLagAsync(Db db, SignedCheckpoint newest, CancellationToken ct)
    {
        var lag = 0.0;
        foreach (var witness in options.Witnesses)
        {
            var vkey = witness.Key.ToString();
            var size = await db.Cosignatures.Where(c => c.Origin == options.Origin && c.Witness == vkey).MaxAsync(c => (long?)c.Size, ct) ?? 0;
            // One that never cosigned is as far behind as the log is old.
            var at = await db.Checkpoints.Where(c => c.Origin == options.Origin && c.Size >= size).OrderBy(c => c.Size).Select(c => (DateTimeOffset?)c.At).FirstOrDefaultAsync(ct);
            lag = Math.Max(lag, (newest.At - (at ?? newest.At)).TotalSeconds);
        }
        return lag;
    }
}

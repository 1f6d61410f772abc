using System.Diagnostics.Metrics;
using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Audit;

internal static class AuditMetrics
{
    public static Counter<long> Entries { get; } = Telemetry.Counter("interop.audit.entries", "Entries committed to the log, by outcome.");

    public static Gauge<long> Unsequenced { get; } = Telemetry.Depth("interop.audit.unsequenced", "Entries that wait for their number.");

    public static Gauge<double> UnsequencedAge { get; } = Telemetry.Age("interop.audit.unsequenced.age", "Age of the oldest entry that waits for its number.");
}

/// <summary>How much waits for its number, and how long it has.</summary>
internal sealed class AuditGauge : IGauge
{
    public async Task SampleAsync(Db db, DateTimeOffset now, CancellationToken ct)
    {
        AuditMetrics.Unsequenced.Record(await db.AuditQueue.AsNoTracking().Take(Gauges.Most).CountAsync(ct));
        var oldest = await db.AuditQueue.AsNoTracking().OrderBy(q => q.EntryId).Select(q => (Guid?)q.EntryId).FirstOrDefaultAsync(ct);
        AuditMetrics.UnsequencedAge.Record(oldest is { } id ? (now - EntryIds.TimeOf(id)).TotalSeconds : 0);
    }
}

using System.Diagnostics.Metrics;

namespace Interop.Audit.Log;

/// <summary>How the log stands, as the process that signs it sees it.</summary>
internal static class LogMetrics
{
    static readonly Meter s_meter = new("Interop");

    public static Gauge<long> Signed { get; } = s_meter.CreateGauge<long>("interop.audit.log.signed", null, "Entries that the checkpoint covers which this process signed last.");

    public static Gauge<int> Stopped { get; } = s_meter.CreateGauge<int>("interop.audit.log.stopped", null, "1 while the log is not signed because it does not extend what was signed, or is damaged.");

    public static Gauge<int> Contradicted { get; } = s_meter.CreateGauge<int>("interop.audit.log.contradicted", null, "1 while a witness holds what this log does not show.");

    public static Counter<long> Cosignatures { get; } = s_meter.CreateCounter<long>("interop.audit.log.cosignatures", null, "Cosignatures that witnesses gave.");
}

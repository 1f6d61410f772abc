using System.Diagnostics.Metrics;
using Interop.Platform;

namespace Interop.Consent;

internal static class ConsentMetrics
{
    public static Counter<long> Decisions { get; } = Telemetry.Counter("interop.gate.decisions", "Decisions of the gate, by outcome and ground; each candidate of a list is one.");

    public static Counter<long> Changes { get; } = Telemetry.Counter("interop.consents.changed", "Consents that came into force or ended, by how.");

    /// <summary>Counts a decision, and returns it.</summary>
    public static Disclosure? Counted(this Disclosure? disclosure)
    {
        if (Decisions.Enabled)
            Decisions.Add(1, new("outcome", disclosure is null ? "denied" : "permitted"), new("ground", disclosure?.Ground ?? "none"));
        return disclosure;
    }
}

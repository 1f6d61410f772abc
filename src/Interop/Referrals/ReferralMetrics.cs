using System.Diagnostics.Metrics;
using Interop.Platform;

namespace Interop.Referrals;

internal static class ReferralMetrics
{
    public static Counter<long> Moves { get; } = Telemetry.Counter("interop.referrals.moved", "What was done with referrals, by act.");

    public static Counter<long> Lapsed { get; } = Telemetry.Counter("interop.referrals.timers.lapsed", "Timers that ran out, by kind.");
}

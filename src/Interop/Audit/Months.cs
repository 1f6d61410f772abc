using Interop.Platform;
using Interop.Platform.Engines;

namespace Interop.Audit;

/// <summary>Makes room for the log of this month and the three to come, where the engine keeps it by month.</summary>
internal sealed class Months(Db db, Engine engine) : IBatch
{
    /// <summary>Returns how many it made.</summary>
    public Task<int> RunOnceAsync(CancellationToken ct) => engine.MakeMonthsAsync(db, ct);
}

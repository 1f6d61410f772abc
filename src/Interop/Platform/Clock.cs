namespace Interop.Platform;

/// <summary>
/// The time, in whole microseconds, which is what both engines keep: a value read back equals the value written.
/// </summary>
/// <remarks>
/// On PostgreSQL with several processes the database's clock is the one that orders disclosures and revocations (P3); it is read
/// by <see cref="Work"/> after the locks are held. A <see cref="TimeProvider"/> other than the system's (tests) takes its place.
/// </remarks>
internal sealed class Clock(TimeProvider time)
{
    /// <summary>It tells the time of this machine, more or less right, and gives way to the database's.</summary>
    public bool IsSystem { get; init; } = time == TimeProvider.System;

    public TimeProvider Time => time;

    public DateTimeOffset Now => WholeMicroseconds(time.GetUtcNow());

    public static DateTimeOffset WholeMicroseconds(DateTimeOffset t) =>
        new(t.UtcTicks - t.UtcTicks % TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);
}

namespace Interop.Delivery;

/// <summary>When an attempt that failed is made again. Three days in all; then the subscription is suspended.</summary>
internal static class RetrySchedule
{
    public static IReadOnlyList<TimeSpan> Delays { get; } =
    [
        TimeSpan.FromSeconds(5),
        TimeSpan.FromSeconds(30),
        TimeSpan.FromMinutes(5),
        TimeSpan.FromMinutes(30),
        TimeSpan.FromHours(2),
        TimeSpan.FromHours(5),
        TimeSpan.FromHours(10),
        TimeSpan.FromHours(14),
        TimeSpan.FromHours(18),
        TimeSpan.FromHours(24),
    ];

    static readonly TimeSpan s_longest = TimeSpan.FromHours(24);

    /// <summary>How long to wait after this many failed attempts; null when there were enough.</summary>
    /// <param name="retryAfter">What the partner asked for: never sooner than that, but a day at most.</param>
    public static TimeSpan? After(int failed, TimeSpan? retryAfter)
    {
        if (failed > Delays.Count)
            return null;
        var delay = Delays[failed - 1];
        var asked = retryAfter is { } r && r > TimeSpan.Zero ? r : TimeSpan.Zero;
        if (asked > s_longest)
            asked = s_longest;
        return asked > delay ? asked : delay;
    }
}

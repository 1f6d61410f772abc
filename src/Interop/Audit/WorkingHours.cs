namespace Interop.Audit;

/// <summary>When an organisation is at work, by its own clocks.</summary>
/// <param name="Opens">Minutes after midnight.</param>
/// <param name="Closes">Minutes after midnight, after <paramref name="Opens"/>; 1440 is the end of the day.</param>
internal sealed record WorkingHours(TimeZoneInfo Zone, IReadOnlyCollection<DayOfWeek> Days, int Opens, int Closes)
{
    /// <summary>The times between two instants at which it is not, in order, each without its end.</summary>
    public IReadOnlyList<(DateTimeOffset From, DateTimeOffset To)> Closed(DateTimeOffset from, DateTimeOffset to)
    {
        var closed = new List<(DateTimeOffset, DateTimeOffset)>();
        var at = from;
        for (var day = DayOf(from); day <= DayOf(to); day = day.AddDays(1))
        {
            if (!Days.Contains(day.DayOfWeek))
                continue;
            var (opens, closes) = (InstantOf(Zone, day, Opens), InstantOf(Zone, day, Closes));
            if (closes <= at || opens >= to)
                continue;
            if (opens > at)
                closed.Add((at, opens));
            at = closes;
        }
        if (at < to)
            closed.Add((at, to));
        return closed;

        DateOnly DayOf(DateTimeOffset t) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(t, Zone).DateTime);
    }

    /// <summary>The instant so many minutes into a day. What the clocks skip is the moment after; what they show twice, the first.</summary>
    public static DateTimeOffset InstantOf(TimeZoneInfo zone, DateOnly day, int minutes = 0)
    {
        var local = day.ToDateTime(TimeOnly.MinValue).AddMinutes(minutes);
        while (zone.IsInvalidTime(local))
            local = local.AddMinutes(15);
        var offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset).ToUniversalTime();
    }
}

/// <summary>Asked by the digest, answered by the Directory, which knows the organisations and imports this module.</summary>
internal interface IWorkingHours
{
    /// <summary>Of every organisation, by its id.</summary>
    Task<IReadOnlyDictionary<string, WorkingHours>> AllAsync(CancellationToken ct);
}

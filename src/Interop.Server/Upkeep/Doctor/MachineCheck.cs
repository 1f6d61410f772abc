namespace Interop.Server.Upkeep.Doctor;

/// <summary>What the machine must bring.</summary>
internal static class MachineCheck
{
    public static IEnumerable<Finding> Of()
    {
        yield return TimeZoneInfo.TryFindSystemTimeZoneById("America/Guatemala", out _)
            ? Finding.Ok("time-zones", "Time zone data is there.")
            : Finding.Error("time-zones-missing", "There is no time zone data: dates in an organisation's own time would be wrong.", "Install the system's package tzdata.");
    }
}

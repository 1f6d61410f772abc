using System.Globalization;
using Interop.Audit;
using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.EntityFrameworkCore;

namespace Interop.Directory;

/// <summary>When an organisation's people are at work, in its time zone. Around the clock is every day from 00:00 to 24:00.</summary>
/// <param name="Days">mon, tue, wed, thu, fri, sat, sun.</param>
/// <param name="Opens">07:00.</param>
/// <param name="Closes">20:00; later than it opens, 24:00 at the latest.</param>
internal sealed record OfficeHours(IReadOnlyList<string> Days, string Opens, string Closes)
{
    public static IReadOnlyList<string> DayCodes { get; } = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]; // in the order of DayOfWeek

    /// <summary>Of an organisation that says nothing.</summary>
    public static OfficeHours Usual { get; } = new(["mon", "tue", "wed", "thu", "fri", "sat"], "07:00", "20:00");

    public static OfficeHours Read(Fields f)
    {
        var hours = new OfficeHours(f.Codes("days", DayCodes, 7), f.Text("opens", 5) ?? "", f.Text("closes", 5) ?? "");
        var (opens, closes) = (MinutesOf(hours.Opens), MinutesOf(hours.Closes));
        if (hours.Opens.Length > 0 && opens is null)
            f.Fail("opens", "time-of-day");
        if (hours.Closes.Length > 0 && closes is null)
            f.Fail("closes", "time-of-day");
        if (opens >= closes)
            f.Fail("closes", "office-hours.order");
        return hours;
    }

    public WorkingHours In(TimeZoneInfo zone) => new(
        zone, [.. Days.Select(d => (DayOfWeek)DayCodes.ToList().IndexOf(d))], MinutesOf(Opens)!.Value, MinutesOf(Closes)!.Value);

    static int? MinutesOf(string text) =>
        text == "24:00" ? 24 * 60 : TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time.Hour * 60 + time.Minute : null;
}

/// <summary>Answers the digest.</summary>
internal sealed class WorkingHoursOf(Db db) : IWorkingHours
{
    public async Task<IReadOnlyDictionary<string, WorkingHours>> AllAsync(CancellationToken ct) =>
        await db.Organisations.AsNoTracking().ToDictionaryAsync(o => o.Id, o => (o.OfficeHours ?? OfficeHours.Usual).In(o.Zone), ct);
}

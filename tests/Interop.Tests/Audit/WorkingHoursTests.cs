using Interop.Audit;
using Xunit;

namespace Interop.Tests.Audit;

public sealed class WorkingHoursTests
{
    static readonly DayOfWeek[] s_week = [DayOfWeek.Monday, DayOfWeek.Tuesday, DayOfWeek.Wednesday, DayOfWeek.Thursday, DayOfWeek.Friday, DayOfWeek.Saturday];

    [Fact]
    public void A_day_is_closed_before_it_opens_and_after_it_closes() =>
        Assert.Equal("2027-03-02 00:00-07:00, 2027-03-02 20:00-24:00", Closed(TimeZoneInfo.Utc, "2027-03-02", 7, 20, s_week));

    [Fact]
    public void A_day_off_is_closed_throughout() => Assert.Equal("2027-03-07 00:00-24:00", Closed(TimeZoneInfo.Utc, "2027-03-07", 7, 20, s_week));

    [Fact]
    public void Around_the_clock_it_is_never_closed() => Assert.Equal("", Closed(TimeZoneInfo.Utc, "2027-03-02", 0, 24, s_week));

    [Theory]
    [InlineData("America/Guatemala", "2027-03-02 02:00-13:00")] // 07:00 there is 13:00, and yesterday's evening reaches to 02:00
    [InlineData("Pacific/Kiritimati", "2027-03-02 06:00-17:00")] // fourteen hours ahead
    public void Elsewhere_the_hours_lie_elsewhere(string zone, string closed) =>
        Assert.Equal(closed, Closed(TimeZoneInfo.FindSystemTimeZoneById(zone), "2027-03-02", 7, 20, s_week));

    [Theory]
    [InlineData("America/Santiago", "2027-04-03")] // clocks go back at midnight: the day that follows is an hour longer
    [InlineData("America/Santiago", "2027-09-05")] // they go forward at midnight
    [InlineData("Europe/Madrid", "2027-03-28")]
    [InlineData("Europe/Madrid", "2027-10-31")]
    [InlineData("Asia/Kathmandu", "2027-03-02")]
    public void What_is_closed_and_what_is_open_make_the_whole_day_whatever_the_clocks_do(string name, string date)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(name);
        var day = DateOnly.Parse(date, null);
        var (from, to) = (WorkingHours.InstantOf(zone, day), WorkingHours.InstantOf(zone, day.AddDays(1)));
        var closed = new WorkingHours(zone, Enum.GetValues<DayOfWeek>(), 7 * 60, 20 * 60).Closed(from, to);
        Assert.Equal(2, closed.Count);
        Assert.Equal((from, to), (closed[0].From, closed[^1].To));
        Assert.Equal(TimeSpan.FromHours(13), closed[1].From - closed[0].To);
    }

    [Fact]
    public void It_is_asked_minute_by_minute_what_the_intervals_say_at_once()
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById("America/Guatemala");
        var hours = new WorkingHours(zone, s_week, 7 * 60 + 30, 16 * 60 + 15);
        var (from, to) = (new DateTimeOffset(2027, 3, 5, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2027, 3, 9, 0, 0, 0, TimeSpan.Zero));
        var closed = hours.Closed(from, to);
        for (var t = from; t < to; t = t.AddMinutes(1))
        {
            var local = TimeZoneInfo.ConvertTime(t, zone);
            var open = s_week.Contains(local.DayOfWeek) && local.TimeOfDay >= TimeSpan.FromMinutes(450) && local.TimeOfDay < TimeSpan.FromMinutes(975);
            Assert.Equal(!open, closed.Any(c => c.From <= t && t < c.To));
        }
    }

    static string Closed(TimeZoneInfo zone, string date, int opens, int closes, DayOfWeek[] days)
    {
        var from = new DateTimeOffset(DateOnly.Parse(date, null).ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
        return string.Join(", ", new WorkingHours(zone, days, opens * 60, closes * 60).Closed(from, from.AddDays(1))
            .Select(c => $"{c.From:yyyy-MM-dd HH:mm}-{(c.To == from.AddDays(1) ? "24:00" : c.To.ToString("HH:mm", null))}"));
    }
}

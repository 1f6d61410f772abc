using Interop.Delivery;
using Xunit;

namespace Interop.Tests.Delivery;

public sealed class RetryScheduleTests
{
    [Fact]
    public void The_schedule_runs_from_seconds_to_a_day_over_three_days()
    {
        Assert.Equal(TimeSpan.FromSeconds(5), RetrySchedule.After(1, null));
        Assert.Equal(TimeSpan.FromHours(24), RetrySchedule.After(10, null));
        Assert.Null(RetrySchedule.After(11, null));
        Assert.InRange(RetrySchedule.Delays.Sum(d => d.TotalDays), 3, 3.25);
        Assert.Equal(RetrySchedule.Delays.Order(), RetrySchedule.Delays);
    }

    [Theory]
    [InlineData(60, 60)]
    [InlineData(1, 5)] // never sooner than the schedule
    [InlineData(-10, 5)]
    [InlineData(10_000_000, 24 * 3600)]
    public void What_the_partner_asks_for_is_honoured_up_to_a_day(int asked, int expected) =>
        Assert.Equal(TimeSpan.FromSeconds(expected), RetrySchedule.After(1, TimeSpan.FromSeconds(asked)));
}

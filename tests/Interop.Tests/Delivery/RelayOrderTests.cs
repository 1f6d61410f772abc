using Interop.Delivery;
using Interop.Platform.Events;
using Xunit;

namespace Interop.Tests.Delivery;

public sealed class RelayOrderTests
{
    static readonly DateTimeOffset s_start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Events_of_one_subject_go_by_position_whatever_the_clocks_said()
    {
        RecordedEvent[] events = [Event("referrals/a", 2, 0), Event("referrals/b", 1, 1), Event("referrals/a", 1, 2), Event("referrals/a", 3, 3)];
        Assert.Equal(["referrals/a 1", "referrals/b 1", "referrals/a 2", "referrals/a 3"], RelayOrder.Of(events).Select(e => $"{e.Subject} {e.Position}"));
    }

    static RecordedEvent Event(string subject, long position, int second) => new()
    {
        Id = Guid.CreateVersion7(s_start.AddSeconds(second)),
        Type = "t",
        At = s_start.AddSeconds(second),
        Subject = subject,
        Position = position,
        Audience = [],
        Data = "{}",
    };
}

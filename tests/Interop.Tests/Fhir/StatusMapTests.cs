using Interop.Fhir;
using Interop.Platform;
using Interop.Referrals;
using Xunit;

namespace Interop.Tests.Fhir;

/// <summary>DESIGN.md section 6, the mapping table.</summary>
public sealed class StatusMapTests
{
    public static TheoryData<string, string, string, string> Table => new()
    {
        { "awaiting-consent", "draft", "created", "draft" },
        { "sent", "requested", "created", "active" },
        { "accepted", "accepted", "accepted", "active" },
        { "scheduled", "accepted", "scheduled", "active" },
        { "admitted", "in-progress", "admitted", "active" },
        { "on-hold", "on-hold", "on-hold", "on-hold" },
        { "rejected", "rejected", "declined", "revoked" },
        { "completed", "completed", "completed", "completed" },
        { "ended", "failed", "ended", "revoked" },
        { "lapsed", "cancelled", "lapsed", "revoked" },
        { "cancelled", "cancelled", "fulfilment-cancelled", "revoked" },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void Every_status_of_a_referral_has_its_place(string referral, string task, string business, string request)
    {
        Assert.Equal(task, StatusMap.TaskStatus(referral, received: false));
        Assert.Equal(business, StatusMap.BusinessStatus(Views.Of(referral)));
        Assert.Equal(request, StatusMap.RequestStatus(referral));
    }

    [Theory]
    [MemberData(nameof(Table))]
    public void A_search_by_status_looks_among_the_referrals_that_can_have_it(string referral, string task, string business, string request)
    {
        Assert.NotEmpty(business);
        var visible = referral != Statuses.AwaitingConsent; // no provider sees it, whatever it asks for
        Assert.Equal(visible, StatusMap.Referrals(task).Contains(referral));
        Assert.Equal(visible, StatusMap.ReferralsOfRequest(request).Contains(referral));
    }

    [Fact]
    public void The_table_misses_no_status() => Assert.Equal(Statuses.All.Order(), Table.Select(row => row.Data.Item1).Order());

    [Fact]
    public void What_was_received_is_no_longer_requested()
    {
        Assert.Equal("received", StatusMap.TaskStatus(Statuses.Sent, received: true));
        Assert.Equal([Statuses.Sent], StatusMap.Referrals("received"));
        Assert.Equal([Statuses.Sent], StatusMap.Referrals("requested"));
    }

    [Theory]
    [InlineData("received", "sent", "received")]
    [InlineData("accepted", "sent", "accepted")]
    [InlineData("rejected", "sent", "rejected")]
    [InlineData("in-progress", "accepted", "admitted")]
    [InlineData("in-progress", "scheduled", "admitted")]
    [InlineData("in-progress", "on-hold", "resumed")]
    [InlineData("on-hold", "admitted", "held")]
    [InlineData("completed", "admitted", "completed")]
    [InlineData("completed", "on-hold", "completed")]
    [InlineData("failed", "admitted", "ended")]
    [InlineData("cancelled", "cancelled", "cancellation-confirmed")]
    public void A_status_that_the_owner_sets_is_a_move_of_the_referral(string task, string from, string act)
    {
        var move = StatusMap.MoveTo(task, from)!;
        Assert.Equal(act, move.Act);
        Assert.Contains(from, move.From);
    }

    [Theory]
    [InlineData("accepted", "admitted")]
    [InlineData("rejected", "accepted")]
    [InlineData("completed", "sent")]
    [InlineData("cancelled", "sent")]
    [InlineData("in-progress", "sent")]
    public void What_cannot_follow_is_no_move_from_there(string task, string from) => Assert.DoesNotContain(from, StatusMap.MoveTo(task, from)!.From);

    [Fact]
    public void Nobody_but_the_requester_asks_for_a_request() => Assert.Null(StatusMap.MoveTo("requested", Statuses.Accepted));

    [Theory]
    [InlineData("missed", "unattended")]
    [InlineData("cancelled", "event-cancelled")]
    [InlineData("attended", "scheduled")]
    [InlineData("excused", "scheduled")]
    public void A_no_show_is_told_from_a_cancelled_appointment(string outcome, string business) =>
        Assert.Equal(business, StatusMap.BusinessStatus(Views.Of(Statuses.Scheduled) with { Appointments = [Appointment(outcome, 1)] }));

    [Fact]
    public void A_further_appointment_makes_up_for_a_no_show() =>
        Assert.Equal("scheduled", StatusMap.BusinessStatus(Views.Of(Statuses.Scheduled) with { Appointments = [Appointment("missed", 1), Appointment(null, 8)] }));

    [Fact]
    public void A_cancellation_is_requested_until_the_provider_confirms() =>
        Assert.Equal("cancellation-requested", StatusMap.BusinessStatus(Views.Of(Statuses.Cancelled) with { CancellationConfirmed = false }));

    static AppointmentView Appointment(string? outcome, int day) =>
        new(new Id<Appointment>(Guid.Empty), Views.At.AddDays(day), "assessment", outcome ?? "scheduled", outcome, outcome is null ? null : Views.At.AddDays(day));
}

static class Views
{
    public static DateTimeOffset At { get; } = new(2026, 3, 31, 9, 0, 0, TimeSpan.Zero);

    public static ReferralView Of(string status) => new()
    {
        Id = new(Guid.Parse("01890000-0000-7000-8000-000000000001")),
        Status = status,
        Version = 4,
        PersonId = new(Guid.Parse("01890000-0000-7000-8000-000000000002")),
        ReferrerId = "juzgado-central",
        ProviderId = "centro-esperanza",
        Timers = [],
        CreatedAt = At,
        UpdatedAt = At.AddDays(1),
    };
}

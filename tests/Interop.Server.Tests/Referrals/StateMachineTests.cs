using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Referrals;

/// <summary>Every act in every state, by whoever tries it.</summary>
public abstract class StateMachineTests(SharedExchange shared) : ExchangeTests(shared)
{
    const string Open = "awaiting-consent sent accepted scheduled admitted on-hold";

    /// <summary>The table: what the clinic may do in which states, then what the court may. Everything else is 409.</summary>
    static readonly (string Act, string From, Func<Clinic, Guid, Task<Reply>> Do)[] s_clinic =
    [
        ("acceptance", "sent", (c, id) => c.AcceptAsync(id)),
        ("rejection", "sent", (c, id) => c.RejectAsync(id)),
        ("appointments", "accepted scheduled admitted on-hold", (c, id) => c.ScheduleAsync(id)),
        ("admission", "accepted scheduled", (c, id) => c.AdmitAsync(id)),
        ("hold", "admitted", (c, id) => c.HoldAsync(id)),
        ("resumption", "on-hold", (c, id) => c.ResumeAsync(id)),
        ("discharge", "admitted on-hold", (c, id) => c.DischargeAsync(id)),
        ("discharge unsuccessful", "admitted on-hold", (c, id) => c.DischargeAsync(id, "unsuccessful")),
        ("cancellation-request", "sent accepted scheduled admitted on-hold", (c, id) => c.RequestCancellationAsync(id)),
        ("cancellation-confirmation", "cancelled", (c, id) => c.ConfirmCancellationAsync(id)),
        ("compliance-updates", "accepted scheduled admitted on-hold completed ended", (c, id) => c.ReportAsync(id, "attendance", "attended")),
    ];

    static readonly (string Act, string From, Func<Court, Guid, Task<Reply>> Do)[] s_court =
    [
        ("cancellation", Open, (c, id) => c.CancelAsync(id)),
        ("reassignment", Open + " rejected lapsed", (c, id) => c.ReassignAsync(id, "clinica-del-valle")),
    ];

    public static TheoryData<string> States =>
        [.. "awaiting-consent sent accepted scheduled admitted on-hold completed ended rejected lapsed cancelled".Split(' ')];

    [Theory]
    [MemberData(nameof(States))]
    public async Task Each_act_is_done_where_the_table_says_and_refused_elsewhere(string state)
    {
        var exchange = state == "lapsed" ? await StartAsync(new() { Clock = new() }) : Exchange;
        foreach (var (act, from, act1) in s_clinic)
        {
            var it = await Case.InAsync(exchange, state);
            var reply = await act1(it.Clinic, it.Id);
            Assert.Equal((act, Expected(from, state, hidden: state == "awaiting-consent")), (act, reply.Status is 201 ? 200 : reply.Status));
            if (reply.Status == 409)
                Assert.Single(reply.Faults);
        }
        foreach (var (act, from, act1) in s_court)
        {
            var it = await Case.InAsync(exchange, state);
            Assert.Equal((act, Expected(from, state, hidden: false)), (act, (await act1(it.Court, it.Id)).Status));
        }

        static int Expected(string from, string state, bool hidden) => hidden ? 404 : from.Split(' ').Contains(state) ? 200 : 409;
    }

    [Theory]
    [MemberData(nameof(States))]
    public async Task Another_kind_is_told_403_and_another_tenant_404_in_every_state(string state)
    {
        var exchange = state == "lapsed" ? await StartAsync(new() { Clock = new() }) : Exchange;
        var it = await Case.InAsync(exchange, state);
        var version = await VersionAsync(exchange, it);
        var (hospital, prosecutor) = (new Clinic(exchange, "hospital-ajeno"), new Court(exchange, "fiscalia-central"));

        foreach (var (act, _, act1) in s_clinic)
        {
            Assert.Equal((act, 403), (act, (await act1(new Clinic(exchange, it.Court.Organisation), it.Id)).Status));
            Assert.Equal((act, 404), (act, (await act1(hospital, it.Id)).Status));
        }
        foreach (var (act, _, act1) in s_court)
        {
            Assert.Equal((act, 403), (act, (await act1(new Court(exchange, it.Clinic.Organisation), it.Id)).Status));
            Assert.Equal((act, 404), (act, (await act1(prosecutor, it.Id)).Status));
            // Whom a consent names sees it, and is told that acting on it is the referrer's.
            Assert.Equal((act, state == "awaiting-consent" ? 404 : 403), (act, (await act1(it.Supervision, it.Id)).Status));
        }

        Assert.Equal(version, await VersionAsync(exchange, it));
    }

    [Theory]
    [InlineData("accepted")]
    [InlineData("scheduled")]
    [InlineData("admitted")]
    [InlineData("on-hold")]
    public async Task The_outcome_of_an_appointment_is_recorded_once(string state)
    {
        var it = await Case.InAsync(Exchange, state);
        await it.ScheduleAsync();

        Assert.Equal("missed", (await it.Clinic.OutcomeAsync(it.Id, it.Appointment, "missed")).Is(200)["outcome"]);
        (await it.Clinic.OutcomeAsync(it.Id, it.Appointment, "attended")).Refuses(409, " appointment.answered");
        (await it.Clinic.OutcomeAsync(it.Id, it.Appointment, "late")).Refuses(422, "outcome code.unknown");
        (await it.Clinic.OutcomeAsync(it.Id, Guid.CreateVersion7(Exchange.Now), "attended")).Is(404);
        Assert.Equal(1, await Exchange.EventsAsync($"referrals/{it.Id}", "org.interop.referral.unattended.v1"));
    }

    [Fact]
    public async Task An_attended_appointment_is_history_and_no_event()
    {
        var it = await Case.InAsync(Exchange, "scheduled");
        var events = await Exchange.EventsAsync($"referrals/{it.Id}");

        (await it.Clinic.OutcomeAsync(it.Id, it.Appointment, "attended")).Is(200);

        Assert.Equal(events, await Exchange.EventsAsync($"referrals/{it.Id}"));
        Assert.Equal("appointment-outcome", (await it.Clinic.HistoryAsync(it.Id)).Is(200).Items[^1]["act"]!.ToString());
    }

    [Fact]
    public async Task History_says_who_did_what_when_and_why()
    {
        var it = await Case.InAsync(Exchange, "on-hold");
        (await it.Clinic.DischargeAsync(it.Id, "neutral")).Is(200);

        var history = (await it.Clinic.HistoryAsync(it.Id)).Is(200).Items;

        Assert.Equal(
            ["created awaiting-consent juzgado-central", "sent sent interop", "accepted accepted centro-esperanza", "admitted admitted centro-esperanza",
                "held on-hold centro-esperanza Hospitalización", "ended ended centro-esperanza"],
            history.Select(e => string.Join(' ', new[] { e["act"], e["status"], e["by"], e["reason"] }.Where(m => m is not null))));
        Assert.Equal("neutral", history[^1]["discharge"]!.ToString());
        Assert.Equal(it.Clinic.Actor, history[2]["actor"]!.ToString());
        Assert.Null(history[0]["actor"]); // another's people are not ours to name
        Assert.Equal(Enumerable.Range(1, 6), history.Select(e => e["version"]!.GetValue<int>()));
        var times = history.Select(e => DateTimeOffset.Parse(e["at"]!.ToString(), null)).ToList();
        Assert.Equal(times.Order(), times);
    }

    static Task<int> VersionAsync(Exchange exchange, Case it) =>
        exchange.LookAsync(db => Task.FromResult(db.Set<Interop.Referrals.Referral>().Single(r => r.Id == new Interop.Platform.Id<Interop.Referrals.Referral>(it.Id)).Version));
}

public sealed class StateMachineOnSqlite(SqliteExchange shared) : StateMachineTests(shared);

public sealed class StateMachineOnPostgreSql(PostgreSqlExchange shared) : StateMachineTests(shared);

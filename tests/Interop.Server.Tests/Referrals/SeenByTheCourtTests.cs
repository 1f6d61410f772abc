using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Referrals;

/// <summary>What the court sees of treatment: that it was accepted, and no further until the person consents (P8).</summary>
public abstract class SeenByTheCourtTests(SharedExchange shared) : ExchangeTests(shared)
{
    [Fact]
    public async Task Without_treatment_status_nothing_that_follows_the_acceptance_shows_or_counts()
    {
        var it = await Case.SendAsync(Exchange);
        (await it.Clinic.AcceptAsync(it.Id)).Is(200);
        var accepted = (await it.Court.ReadAsync(it.Id)).Is(200);
        var history = (await it.Court.HistoryAsync(it.Id)).Is(200);
        Assert.Equal(("accepted", "\"3\""), (accepted["status"], accepted.ETag));
        Assert.Equal(["created", "sent", "accepted"], history.Items.Select(e => e["act"]!.ToString()));

        await it.ScheduleAsync();
        (await it.Clinic.OutcomeAsync(it.Id, it.Appointment, "missed")).Is(200);
        await AllTheSame();
        (await it.Clinic.AdmitAsync(it.Id)).Is(200);
        (await it.Clinic.HoldAsync(it.Id)).Is(200);
        await AllTheSame();
        (await it.Clinic.RequestCancellationAsync(it.Id)).Is(200);
        (await it.Clinic.DischargeAsync(it.Id, "unsuccessful")).Is(200);
        await AllTheSame();

        async Task AllTheSame()
        {
            var now = (await it.Court.ReadAsync(it.Id)).Is(200);
            Assert.Equal(accepted.Text, now.Text);
            Assert.Equal(accepted.ETag, now.ETag);
            Assert.Equal(history.Text, (await it.Court.HistoryAsync(it.Id)).Is(200).Text);
            Assert.Empty((await it.Court.GetAsync($"/v1/referrals/{it.Id}/appointments")).Is(200).Items);
        }
    }

    [Fact]
    public async Task With_treatment_status_it_sees_the_state_and_with_attendance_the_appointments()
    {
        var it = await Case.SendAsync(Exchange);
        (await it.Clinic.AcceptAsync(it.Id)).Is(200);
        await it.ScheduleAsync();

        await it.MonitorAsync("treatment-status");
        var state = (await it.Court.ReadAsync(it.Id)).Is(200);
        Assert.Equal(("scheduled", null), (state["status"], state["appointments"]));
        Assert.Empty(state.Json!["timers"]!.AsArray()); // the day would tell the appointment's

        await it.MonitorAsync("attendance");
        Assert.Equal("assessment", (await it.Court.ReadAsync(it.Id)).Is(200)["nextAppointment.kind"]);
        Assert.Single((await it.Supervision.GetAsync($"/v1/referrals/{it.Id}/appointments")).Is(200).Items);
    }

    [Fact]
    public async Task A_rejection_is_told_and_its_reason_only_with_treatment_status()
    {
        var it = await Case.SendAsync(Exchange);
        (await it.Clinic.RejectAsync(it.Id)).Is(200);

        var bare = (await it.Court.ReadAsync(it.Id)).Is(200);
        Assert.Equal(("rejected", null), (bare["status"], bare["statusReason"]));
        Assert.All((await it.Court.HistoryAsync(it.Id)).Is(200).Items, e => Assert.Null(e["reason"]));

        await it.MonitorAsync("treatment-status");
        Assert.Equal("Sin cupo", (await it.Court.ReadAsync(it.Id)).Is(200)["statusReason"]);
    }

    [Fact]
    public async Task A_cancellation_of_what_has_ended_unseen_is_not_refused()
    {
        var it = await Case.AdmitAsync(Exchange);
        (await it.Clinic.DischargeAsync(it.Id)).Is(200);
        var seen = (await it.Court.ReadAsync(it.Id)).Is(200);

        var cancelled = (await it.Court.PostAsync($"/v1/referrals/{it.Id}/cancellation", new() { ["reason"] = "Fuga" }, ("If-Match", seen.ETag!))).Is(200);

        Assert.Equal("cancelled", cancelled["status"]);
        Assert.Equal(seen.Version + 1, cancelled.Version);
        Assert.Equal("cancelled", (await it.Court.ReadAsync(it.Id)).Is(200)["status"]);
        Assert.Equal("completed", (await it.Clinic.ReadAsync(it.Id)).Is(200)["status"]);
        (await it.Court.CancelAsync(it.Id)).Refuses(409, " referral.state");
    }

    [Fact]
    public async Task What_it_may_know_to_have_ended_it_cannot_cancel()
    {
        var it = await Case.InAsync(Exchange, "completed");

        (await it.Court.CancelAsync(it.Id)).Refuses(409, " referral.state");
    }

    [Fact]
    public async Task A_service_named_in_the_consent_sees_the_state_and_not_the_person()
    {
        var it = await Case.AdmitAsync(Exchange);
        await it.MonitorAsync("treatment-status");

        var seen = (await it.Supervision.ReadAsync(it.Id)).Is(200);

        Assert.Equal("admitted", seen["status"]);
        Assert.Equal(it.Referral["matter.number"], seen["matter.number"]);
        foreach (var hidden in new[] { "person", "service", "needs", "note", "reporting" })
            Assert.Null(seen[hidden]);
    }

    [Fact]
    public async Task The_offence_stays_on_the_justice_side()
    {
        var it = await Case.SendAsync(Exchange);

        Assert.Equal("posesión", (await it.Court.ReadAsync(it.Id)).Is(200)["matter.offence"]);
        Assert.Null((await it.Clinic.ReadAsync(it.Id)).Is(200)["matter.offence"]);
    }

    [Fact]
    public async Task The_prohibition_of_redisclosure_goes_with_it_in_the_readers_language()
    {
        var it = await Case.AdmitAsync(Exchange);
        await it.MonitorAsync("treatment-status");

        var own = (await it.Court.ReadAsync(it.Id)).Is(200);
        var portuguese = (await it.Court.GetAsync($"/v1/referrals/{it.Id}", ("Accept-Language", "pt-BR"))).Is(200);

        Assert.Equal(("es", "pt"), (own["notice.language"], portuguese["notice.language"]));
        Assert.NotEqual(own["notice.text"], portuguese["notice.text"]);
        Assert.Contains(own.Headers, h => h.Key == "Interop-Notice");
        Assert.DoesNotContain((await new Court(Exchange).ReadAsync((await Case.OpenAsync(Exchange)).Id)).Is(200).Headers, h => h.Key == "Interop-Notice");
    }
}

public sealed class SeenByTheCourtOnSqlite(SqliteExchange shared) : SeenByTheCourtTests(shared);

public sealed class SeenByTheCourtOnPostgreSql(PostgreSqlExchange shared) : SeenByTheCourtTests(shared);

using System.Text.Json.Nodes;
using Interop.Referrals;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Referrals;

/// <summary>No referral goes silent: what does not happen in time is itself something that happened.</summary>
public abstract class TimerTests(SharedExchange shared) : ExchangeTests(shared)
{
    readonly TestClock _clock = new();

    [Fact]
    public async Task A_referral_that_nobody_answers_lapses_on_its_day()
    {
        var exchange = await StartAsync(new() { Clock = _clock });
        var it = await Case.SendAsync(exchange);
        Assert.Equal("respond-by", (await it.Court.ReadAsync(it.Id)).Is(200)["timers[0].kind"]);

        await LapsesAsync(exchange, it, TimeSpan.FromDays(5));

        Assert.Equal("lapsed", (await it.Court.ReadAsync(it.Id)).Is(200)["status"]);
        (await it.Clinic.AcceptAsync(it.Id)).Refuses(409, " referral.state");
    }

    [Fact]
    public async Task The_court_may_name_the_day_itself()
    {
        var exchange = await StartAsync(new() { Clock = _clock });
        var it = await Case.SendAsync(exchange, A.Referral().With("respondBy", A.Time(exchange.Now.AddDays(2))));

        await LapsesAsync(exchange, it, TimeSpan.FromDays(2));
    }

    [Fact]
    public async Task A_day_that_passed_while_the_person_made_up_their_mind_does_not_count()
    {
        var exchange = await StartAsync(new() { Clock = _clock });
        var it = await Case.OpenAsync(exchange, A.Referral().With("respondBy", A.Time(exchange.Now.AddDays(2))));
        _clock.Advance(TimeSpan.FromDays(10));
        Assert.Equal(0, await exchange.RunAsync<TimerClock>());

        await it.ConsentAsync();

        await LapsesAsync(exchange, it, TimeSpan.FromDays(5));
    }

    [Fact]
    public async Task An_accepted_referral_that_is_not_scheduled_lapses_and_the_court_sees_that_with_treatment_status_only()
    {
        var exchange = await StartAsync(new() { Clock = _clock });
        var it = await Case.SendAsync(exchange);
        (await it.Clinic.AcceptAsync(it.Id)).Is(200);

        await LapsesAsync(exchange, it, TimeSpan.FromDays(14));

        Assert.Equal("accepted", (await it.Court.ReadAsync(it.Id)).Is(200)["status"]);
        await it.MonitorAsync("treatment-status");
        Assert.Equal("lapsed", (await it.Court.ReadAsync(it.Id)).Is(200)["status"]);
    }

    [Fact]
    public async Task A_first_visit_that_does_not_come_lapses_it_counted_from_the_last_appointment()
    {
        var exchange = await StartAsync(new() { Clock = _clock });
        var it = await Case.SendAsync(exchange);
        (await it.Clinic.AcceptAsync(it.Id)).Is(200);
        (await it.Clinic.ScheduleAsync(it.Id, exchange.Now.AddDays(2))).Is(201);
        (await it.Clinic.ScheduleAsync(it.Id, exchange.Now.AddDays(9))).Is(201);

        await LapsesAsync(exchange, it, TimeSpan.FromDays(9 + 14));
    }

    [Fact]
    public async Task What_was_done_in_time_does_not_lapse()
    {
        var exchange = await StartAsync(new() { Clock = _clock });
        var it = await Case.SendAsync(exchange, A.Referral().With("reporting", new JsonArray()));
        _clock.Advance(TimeSpan.FromDays(4));
        (await it.Clinic.AcceptAsync(it.Id)).Is(200);
        _clock.Advance(TimeSpan.FromDays(13));
        (await it.Clinic.AdmitAsync(it.Id)).Is(200);
        _clock.Advance(TimeSpan.FromDays(100));

        Assert.Equal(0, await exchange.RunAsync<TimerClock>());
        Assert.Equal("admitted", (await it.Clinic.ReadAsync(it.Id)).Is(200)["status"]);
    }

    [Fact]
    public async Task A_late_report_raises_its_event_once_a_period_and_changes_nothing_else()
    {
        var exchange = await StartAsync(new() { Clock = _clock });
        var it = await Case.AdmitAsync(exchange);

        _clock.Advance(TimeSpan.FromDays(7).Subtract(TimeSpan.FromMicroseconds(1)));
        Assert.Equal(0, await OverdueAsync());
        _clock.Advance(TimeSpan.FromMicroseconds(1));
        Assert.Equal(1, await OverdueAsync());
        Assert.Equal(1, await OverdueAsync());
        _clock.Advance(TimeSpan.FromDays(7));
        Assert.Equal(2, await OverdueAsync());
        _clock.Advance(TimeSpan.FromDays(30)); // nobody looked for four periods: one event
        Assert.Equal(3, await OverdueAsync());
        Assert.Equal(3, await OverdueAsync());
        Assert.Equal("admitted", (await it.Clinic.ReadAsync(it.Id)).Is(200)["status"]);

        async Task<int> OverdueAsync()
        {
            await exchange.RunAsync<TimerClock>();
            return await exchange.EventsAsync($"referrals/{it.Id}", "org.interop.referral.report-overdue.v1");
        }
    }

    [Fact]
    public async Task A_report_in_time_starts_its_period_anew_and_the_end_of_treatment_ends_them_all()
    {
        var exchange = await StartAsync(new() { Clock = _clock });
        var it = await Case.AdmitAsync(exchange);
        _clock.Advance(TimeSpan.FromDays(6));
        (await it.Clinic.ReportAsync(it.Id, "attendance", "attended")).Is(201);
        _clock.Advance(TimeSpan.FromDays(6));
        (await it.Clinic.ReportAsync(it.Id, "progress", "on-track")).Is(201); // another category
        Assert.Equal(0, await exchange.RunAsync<TimerClock>());
        _clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal(1, await exchange.RunAsync<TimerClock>());

        (await it.Clinic.DischargeAsync(it.Id)).Is(200);
        _clock.Advance(TimeSpan.FromDays(30));
        Assert.Equal(0, await exchange.RunAsync<TimerClock>());
    }

    async Task LapsesAsync(Exchange exchange, Case it, TimeSpan after)
    {
        _clock.Advance(after - TimeSpan.FromMicroseconds(1));
        Assert.Equal(0, await exchange.RunAsync<TimerClock>());
        _clock.Advance(TimeSpan.FromMicroseconds(1));
        Assert.Equal(1, await exchange.RunAsync<TimerClock>());
        Assert.Equal(0, await exchange.RunAsync<TimerClock>());
        Assert.Equal("lapsed", (await it.Clinic.ReadAsync(it.Id)).Is(200)["status"]);
        Assert.Equal(1, await exchange.EventsAsync($"referrals/{it.Id}", "org.interop.referral.lapsed.v1"));
        Assert.Equal("interop", (await it.Clinic.HistoryAsync(it.Id)).Is(200).Items[^1]["by"]!.ToString());
    }
}

public sealed class TimersOnSqlite(SqliteExchange shared) : TimerTests(shared);

public sealed class TimersOnPostgreSql(PostgreSqlExchange shared) : TimerTests(shared);

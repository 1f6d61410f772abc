using System.Text.Json;
using System.Text.Json.Nodes;
using Interop.Platform.Events;
using Interop.Server.Tests.World;
using Microsoft.EntityFrameworkCore;

namespace Interop.Server.Tests.Compliance;

/// <summary>Reports to the justice side: the closed list, what is consented, and what becomes of errors.</summary>
public abstract class ComplianceTests(SharedExchange shared) : ExchangeTests(shared)
{
    [Theory]
    [InlineData("attendance", "attended missed excused cancelled")]
    [InlineData("progress", "on-track needs-attention off-track")]
    [InlineData("drug-test", "negative positive missed refused invalid")]
    [InlineData("treatment-status", "admitted on-hold resumed completed ended")]
    [InlineData("phase", "2")]
    public async Task Values_of_the_closed_list_are_taken_and_no_others(string category, string values)
    {
        var it = await Case.AdmitAsync(Exchange);

        foreach (var value in values.Split(' '))
            (await it.Clinic.ReportAsync(it.Id, category, value)).Is(201);

        if (category == "phase")
            (await it.Clinic.ReportAsync(it.Id, category, new('x', 41))).Refuses(422, "value text.long");
        else
            (await it.Clinic.ReportAsync(it.Id, category, "fentanyl 3 ng/ml")).Refuses(422, "value code.unknown");
    }

    [Fact]
    public async Task Every_fault_of_a_report_is_named_at_once()
    {
        var it = await Case.AdmitAsync(Exchange);

        (await it.Clinic.ActAsync(it.Id, "compliance-updates", new())).Refuses(422, "category required", "occurredAt required", "value required");
        (await it.Clinic.ActAsync(it.Id, "compliance-updates", new() { ["category"] = "diagnosis", ["occurredAt"] = A.Time(Exchange.Now.AddDays(2)), ["value"] = "F11", ["icd"] = "F11" }))
            .Refuses(422, "category code.unknown", "occurredAt date.future", "icd member.unknown");
    }

    [Fact]
    public async Task However_many_are_not_for_the_court_it_finds_those_that_are()
    {
        var it = await Case.AdmitAsync(Exchange);
        await it.MonitorAsync("attendance");
        var old = (await it.Clinic.ReportAsync(it.Id, "attendance", "attended")).Is(201);
        var older = (await it.Court.ReportsAsync(it.Id)).Is(200);
        for (var n = 0; n < 205; n++)
            (await it.Clinic.ReportAsync(it.Id, "progress", "on-track")).Is(201);
        var newest = (await it.Clinic.ReportAsync(it.Id, "attendance", "missed")).Is(201);

        var first = (await it.Court.GetAsync($"/v1/referrals/{it.Id}/compliance-updates?limit=1")).Is(200);
        var second = (await it.Court.GetAsync($"/v1/referrals/{it.Id}/compliance-updates?limit=1&cursor={first["next"]}")).Is(200);

        Assert.Equal(newest["id"], first.Items.Single()!["id"]!.GetValue<string>());
        Assert.Equal(old["id"], second.Items.Single()!["id"]!.GetValue<string>());
        Assert.Equal(older.Items.Single()!.ToJsonString(), second.Items.Single()!.ToJsonString());
        Assert.Null(second["next"]);
    }

    [Fact]
    public async Task Only_what_was_accepted_is_reported_on()
    {
        var it = await Case.SendAsync(Exchange);

        (await it.Clinic.ReportAsync(it.Id, "attendance", "attended")).Refuses(409, " compliance.not-accepted");
    }

    [Fact]
    public async Task What_is_not_consented_is_accepted_held_and_not_even_counted()
    {
        var it = await Case.AdmitAsync(Exchange);
        await it.MonitorAsync("attendance");
        var before = (await it.Court.ReportsAsync(it.Id)).Is(200);
        var seen = (await it.Court.ReadAsync(it.Id)).Is(200);

        var held = (await it.Clinic.ReportAsync(it.Id, "drug-test", "positive")).Is(201);

        Assert.Equal("true", held["held"]);
        Assert.Equal(before.Text, (await it.Court.ReportsAsync(it.Id)).Is(200).Text);
        Assert.Equal((seen.Text, seen.ETag), ((await it.Court.ReadAsync(it.Id)).Is(200).Text, (await it.Court.ReadAsync(it.Id)).ETag));
        Assert.Equal((await it.Court.GetAsync($"/v1/referrals/{it.Id}/compliance-updates/{Guid.CreateVersion7(Exchange.Now)}")).Is(404).Text,
            (await it.Court.GetAsync($"/v1/referrals/{it.Id}/compliance-updates/{held.Id}")).Is(404).Text);
        Assert.Equal(0, await Exchange.EventsAsync($"referrals/{it.Id}", Reported));
        Assert.Single((await it.Clinic.ReportsAsync(it.Id)).Is(200).Items);
    }

    [Fact]
    public async Task A_consent_that_covers_when_it_occurred_releases_a_held_report()
    {
        var it = await Case.AdmitAsync(Exchange);
        var report = (await it.Clinic.ReportAsync(it.Id, "attendance", "attended", Exchange.Now.AddHours(-1))).Is(201);
        Assert.Equal("true", report["held"]);

        await it.MonitorAsync("attendance"); // from six hours ago

        foreach (var party in new[] { it.Court, it.Supervision })
            Assert.Equal(report.Id, Guid.Parse(Assert.Single((await party.ReportsAsync(it.Id)).Is(200).Items)["id"]!.ToString()));
        Assert.Equal("false", (await it.Clinic.GetAsync($"/v1/referrals/{it.Id}/compliance-updates/{report.Id}")).Is(200)["held"]);
        Assert.Equal(["juzgado-central, libertad-vigilada reported"], await ToldAsync(it));
        await it.MonitorAsync("attendance"); // a second consent tells nobody twice
        Assert.Single(await ToldAsync(it));
    }

    [Fact]
    public async Task A_consent_that_begins_after_it_occurred_does_not_release_it()
    {
        var it = await Case.AdmitAsync(Exchange);
        var from = Exchange.Now.AddHours(-2);
        (await it.Clinic.ReportAsync(it.Id, "progress", "off-track", from.AddTicks(-10))).Is(201);
        var covered = (await it.Clinic.ReportAsync(it.Id, "progress", "on-track", from)).Is(201).Id;

        (await it.Clinic.PostAsync("/v1/consents", A.MonitoringConsent(it.Referral, Exchange.Now, "progress").With("from", A.Time(from)))).Is(201);

        Assert.Equal(covered.ToString(), Assert.Single((await it.Court.ReportsAsync(it.Id)).Is(200).Items)["id"]!.ToString());
        Assert.Single(await ToldAsync(it));
    }

    [Fact]
    public async Task Each_category_passes_by_its_own_consent_and_to_whom_it_names()
    {
        var it = await Case.AdmitAsync(Exchange);
        (await it.Clinic.PostAsync("/v1/consents", A.MonitoringConsent(it.Referral, Exchange.Now, "attendance").With("recipients", new[] { "juzgado-central" }))).Is(201);
        (await it.Clinic.PostAsync("/v1/consents", A.MonitoringConsent(it.Referral, Exchange.Now, "drug-test").With("recipients", new[] { "libertad-vigilada" }))).Is(201);
        (await it.Clinic.ReportAsync(it.Id, "attendance", "missed")).Is(201);
        (await it.Clinic.ReportAsync(it.Id, "drug-test", "negative")).Is(201);

        Assert.Equal(["missed"], await ValuesAsync(it.Court));
        Assert.Equal(["negative"], await ValuesAsync(it.Supervision));
        Assert.Empty((await it.Court.GetAsync($"/v1/referrals/{it.Id}/compliance-updates?category=drug-test")).Is(200).Items);
        (await new Court(Exchange, "fiscalia-central").ReportsAsync(it.Id)).Is(404);

        async Task<IEnumerable<string>> ValuesAsync(Court court) => (await court.ReportsAsync(it.Id)).Is(200).Items.Select(i => i["value"]!.ToString());
    }

    [Fact]
    public async Task A_correction_is_told_to_whom_the_report_was_told()
    {
        var it = await Case.AdmitAsync(Exchange);
        await it.MonitorAsync("attendance");
        var report = (await it.Clinic.ReportAsync(it.Id, "attendance", "missed")).Is(201);

        var corrected = (await CorrectAsync(it, report.Id, new() { ["value"] = "attended", ["reason"] = "Llegó tarde" })).Is(200);

        Assert.Equal(("attended", "2", "\"2\""), (corrected["value"], corrected["version"], corrected.ETag));
        Assert.Equal("attended", Assert.Single((await it.Court.ReportsAsync(it.Id)).Is(200).Items)["value"]!.ToString());
        Assert.Equal(["juzgado-central, libertad-vigilada reported", "juzgado-central, libertad-vigilada corrected"], await ToldAsync(it));
    }

    [Fact]
    public async Task A_correction_after_the_revocation_is_told_to_those_who_saw_it_and_to_no_others()
    {
        var it = await Case.AdmitAsync(Exchange);
        await it.MonitorAsync("attendance");
        var report = (await it.Clinic.ReportAsync(it.Id, "attendance", "missed")).Is(201);
        Assert.Single((await it.Court.ReportsAsync(it.Id)).Is(200).Items);
        (await it.RevokeAsync(it.Monitoring)).Is(200);

        (await CorrectAsync(it, report.Id, new() { ["value"] = "attended" })).Is(200);

        Assert.Equal("juzgado-central corrected", (await ToldAsync(it))[^1]);
        Assert.Empty((await it.Court.ReportsAsync(it.Id)).Is(200).Items); // that it was wrong, not what it is
    }

    [Fact]
    public async Task A_retracted_report_keeps_its_place_and_loses_its_value_for_those_who_saw_it()
    {
        var it = await Case.AdmitAsync(Exchange);
        await it.MonitorAsync("drug-test");
        var report = (await it.Clinic.ReportAsync(it.Id, "drug-test", "positive")).Is(201);
        Assert.Single((await it.Court.ReportsAsync(it.Id)).Is(200).Items);

        (await RetractAsync(it, report.Id)).Is(200);

        var shown = Assert.Single((await it.Court.ReportsAsync(it.Id)).Is(200).Items);
        Assert.Equal((null, true), (shown["value"], shown["retractedAt"] is not null));
        Assert.Empty((await it.Supervision.ReportsAsync(it.Id)).Is(200).Items); // which never read it
        Assert.EndsWith(" retracted", (await ToldAsync(it))[^1], StringComparison.Ordinal);
        (await RetractAsync(it, report.Id)).Refuses(409, " compliance.retracted");
        (await CorrectAsync(it, report.Id, new() { ["value"] = "negative" })).Refuses(409, " compliance.retracted");
    }

    [Fact]
    public async Task What_was_held_is_corrected_in_silence_and_a_retracted_one_is_never_released()
    {
        var it = await Case.AdmitAsync(Exchange);
        var report = (await it.Clinic.ReportAsync(it.Id, "attendance", "missed")).Is(201);
        (await CorrectAsync(it, report.Id, new() { ["value"] = "attended" })).Is(200);
        (await RetractAsync(it, report.Id)).Is(200);

        await it.MonitorAsync("attendance");

        Assert.Empty(await ToldAsync(it));
        Assert.Empty((await it.Court.ReportsAsync(it.Id)).Is(200).Items);
    }

    [Fact]
    public async Task Nobody_but_its_author_corrects_a_report()
    {
        var it = await Case.AdmitAsync(Exchange);
        var report = (await it.Clinic.ReportAsync(it.Id, "attendance", "missed")).Is(201);
        var path = $"/v1/referrals/{it.Id}/compliance-updates/{report.Id}/correction";
        var body = new JsonObject { ["value"] = "attended" };

        (await it.Court.PostAsync(path, body)).Is(403);
        (await new Clinic(Exchange, "hospital-ajeno").PostAsync(path, body)).Is(404);
        (await it.Clinic.PostAsync(path, body, ("If-Match", "\"4\""))).Refuses(412);
        (await it.Clinic.PostAsync(path, new JsonObject { ["reason"] = "x" })).Refuses(422, "value required");
        Assert.Equal("1", (await it.Clinic.GetAsync($"/v1/referrals/{it.Id}/compliance-updates/{report.Id}")).Is(200)["version"]);
    }

    [Fact]
    public async Task Through_justice_credentials_nothing_passes_but_the_list()
    {
        var it = await Case.AdmitAsync(Exchange);
        await it.MonitorAsync("attendance", "progress", "phase", "drug-test", "treatment-status");
        (await it.Clinic.ReportAsync(it.Id, "attendance", "attended")).Is(201);
        (await it.Clinic.AcceptAsync(it.Id)).Is(409);

        var report = Assert.Single((await it.Court.ReportsAsync(it.Id)).Is(200).Items).AsObject();
        var referral = (await it.Supervision.ReadAsync(it.Id)).Is(200).Json!.AsObject();

        Assert.Empty(report.Select(m => m.Key).Except("id version referralId category occurredAt value summary createdAt updatedAt retractedAt reason notice".Split(' ')));
        Assert.Empty(referral.Select(m => m.Key).Except(("id status version personId matter intercept sequentialIntercept referrerId providerId timers appointments nextAppointment "
            + "statusReason discharge admittedAt dischargedAt cancellationRequested cancellationConfirmed createdAt updatedAt notice").Split(' ')));
    }

    [Fact]
    public async Task Reports_are_paged_over_what_is_held_between()
    {
        var it = await Case.AdmitAsync(Exchange);
        await it.MonitorAsync("attendance");
        var visible = new List<string>();
        for (var i = 0; i < 9; i++)
            if (i % 2 == 0)
                visible.Insert(0, (await it.Clinic.ReportAsync(it.Id, "attendance", "attended")).Is(201)["id"]!);
            else
                (await it.Clinic.ReportAsync(it.Id, "drug-test", "negative")).Is(201);

        var path = $"/v1/referrals/{it.Id}/compliance-updates?limit=2";
        var seen = new List<string>();
        for (var next = path; next is not null;)
        {
            var page = (await it.Court.GetAsync(next)).Is(200);
            Assert.InRange(page.Items.Count, 1, 2);
            seen.AddRange(page.Items.Select(i => i["id"]!.ToString()));
            next = page["next"] is { } cursor ? $"{path}&cursor={cursor}" : null;
        }

        Assert.Equal(visible, seen);
    }

    const string Reported = "org.interop.compliance.reported.v1";

    static Task<Reply> CorrectAsync(Case it, Guid report, JsonObject body) => it.Clinic.PostAsync($"/v1/referrals/{it.Id}/compliance-updates/{report}/correction", body);

    static Task<Reply> RetractAsync(Case it, Guid report) =>
        it.Clinic.PostAsync($"/v1/referrals/{it.Id}/compliance-updates/{report}/retraction", new() { ["reason"] = "Otra persona" });

    /// <summary>Whom the recorded events of reports are for, and what they say changed, in order.</summary>
    Task<List<string>> ToldAsync(Case it) => Exchange.LookAsync(async db =>
        (await db.RecordedEvents.AsNoTracking().Where(e => e.Subject == $"referrals/{it.Id}" && e.Type == Reported).ToListAsync())
            .OrderBy(e => e.Position)
            .Select(e => $"{string.Join(", ", e.Audience.Order(StringComparer.Ordinal))} {JsonElement.Parse(e.Data).GetProperty("change").GetString()}").ToList());
}

public sealed class ComplianceOnSqlite(SqliteExchange shared) : ComplianceTests(shared);

public sealed class ComplianceOnPostgreSql(PostgreSqlExchange shared) : ComplianceTests(shared);

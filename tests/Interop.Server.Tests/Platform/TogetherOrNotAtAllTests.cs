using Interop.Audit;
using Interop.Platform;
using Interop.Platform.Events;
using Interop.Referrals;
using Interop.Server.Tests.World;
using Microsoft.EntityFrameworkCore;

namespace Interop.Server.Tests.Platform;

/// <summary>State, history, event and audit entry commit in one transaction (P1): after each act there is one of each, or none.</summary>
public abstract class TogetherOrNotAtAllTests(SharedExchange shared) : ExchangeTests(shared)
{
    [Fact]
    public async Task Each_act_leaves_its_event_its_entry_of_history_and_its_entry_in_the_log()
    {
        var it = await Case.OpenAsync(Exchange);
        await LeftAsync(it, it.Court, "referral.create", "created", null, () => Task.FromResult(it.Referral), already: true);
        var consent = await LeftAsync(it, it.Court, "consent.capture", "sent", "referral.sent",
            () => it.Court.PostAsync("/v1/consents", A.ReferralConsent(it.Referral, Exchange.Now)));
        Assert.Equal(1, await Exchange.EventsAsync($"consents/{consent.Id}", "org.interop.consent.granted.v1"));
        await LeftAsync(it, it.Clinic, "referral.accept", "accepted", "referral.accepted", () => it.Clinic.AcceptAsync(it.Id));
        var appointment = await LeftAsync(it, it.Clinic, "referral.schedule", "scheduled", "referral.scheduled", () => it.Clinic.ScheduleAsync(it.Id));
        await LeftAsync(it, it.Clinic, "appointment.outcome", "unattended", "referral.unattended", () => it.Clinic.OutcomeAsync(it.Id, appointment.Id, "missed"));
        await LeftAsync(it, it.Clinic, "referral.admit", "admitted", "referral.admitted", () => it.Clinic.AdmitAsync(it.Id));
        await LeftAsync(it, it.Clinic, "referral.hold", "held", "referral.held", () => it.Clinic.HoldAsync(it.Id));
        await LeftAsync(it, it.Clinic, "referral.resume", "resumed", "referral.resumed", () => it.Clinic.ResumeAsync(it.Id));
        await LeftAsync(it, it.Clinic, "referral.request-cancellation", "cancellation-requested", "referral.cancellation-requested", () => it.Clinic.RequestCancellationAsync(it.Id));
        var report = await LeftAsync(it, it.Clinic, "compliance.report", null, null, () => it.Clinic.ReportAsync(it.Id, "attendance", "attended"));
        var path = $"/v1/referrals/{it.Id}/compliance-updates/{report.Id}";
        await LeftAsync(it, it.Clinic, "compliance.correct", null, null, () => it.Clinic.PostAsync($"{path}/correction", new() { ["value"] = "missed" }));
        await LeftAsync(it, it.Clinic, "compliance.retract", null, null, () => it.Clinic.PostAsync($"{path}/retraction"));
        await LeftAsync(it, it.Clinic, "referral.discharge", "completed", "referral.completed", () => it.Clinic.DischargeAsync(it.Id));
        await LeftAsync(it, it.Court, "referral.cancel", "cancelled", "referral.cancelled", () => it.Court.CancelAsync(it.Id)); // in its eyes still open
        var revoked = await LeftAsync(it, it.Court, "consent.revoke", null, null, () => it.RevokeByCourtAsync(consent.Id));
        Assert.Equal(1, await Exchange.EventsAsync($"consents/{revoked.Id}", "org.interop.consent.revoked.v1"));
        await LeftAsync(it, it.Court, "matter.dispose", null, null, () => it.Court.DisposeAsync(it.Matter));
        Assert.Equal(1, await Exchange.EventsAsync($"matters/{it.Matter}", "org.interop.matter.disposed.v1"));
    }

    [Fact]
    public async Task Turning_to_another_provider_is_one_step_too()
    {
        var it = await Case.SendAsync(Exchange);
        await LeftAsync(it, it.Clinic, "referral.reject", "rejected", "referral.rejected", () => it.Clinic.RejectAsync(it.Id));
        await LeftAsync(it, it.Court, "referral.reassign", "reassigned", "referral.reassigned", () => it.Court.ReassignAsync(it.Id, "clinica-del-valle"));
    }

    [Fact]
    public async Task A_refused_act_leaves_nothing_but_the_entry_of_its_refusal()
    {
        var it = await Case.SendAsync(Exchange);
        var before = await CountAsync();
        var stranger = new Clinic(Exchange, "hospital-ajeno");
        var late = new Clinic(Exchange);

        (await late.AdmitAsync(it.Id)).Is(409);
        (await late.ActAsync(it.Id, "rejection", new())).Is(422);
        (await late.PostAsync($"/v1/referrals/{it.Id}/acceptance", null, ("If-Match", "\"44\""))).Is(412);
        (await late.SendAsync(HttpMethod.Post, $"/v1/referrals/{it.Id}/acceptance", Party.Json("{"))).Is(400);
        (await late.ActAsync(it.Id, "cancellation", new() { ["reason"] = "x" })).Is(403);
        (await stranger.AcceptAsync(it.Id)).Is(404);

        Assert.Equal(before, await CountAsync());
        var entries = await late.AuditedAsync();
        Assert.Equal(
            ["referral.admit refused 409", "referral.reject refused 422", "referral.accept refused 412", "referral.accept refused 400", "referral.cancel refused 403"],
            entries.Select(Told));
        Assert.Equal(["referral.accept denied 404"], (await stranger.AuditedAsync()).Select(Told));
        Assert.Equal(it.Person, (await stranger.AuditedAsync()).Single().Person); // the log knows whose; the answer did not say

        static string Told(AuditEntry e) => $"{e.Operation} {e.Outcome} {System.Text.Json.JsonElement.Parse(e.Canonical).GetProperty("details").GetProperty("status")}";

        Task<(int, int, int, string)> CountAsync() => Exchange.LookAsync(async db =>
        {
            var id = new Id<Referral>(it.Id);
            return (await db.ReferralEntries.CountAsync(e => e.ReferralId == id), await db.RecordedEvents.CountAsync(e => e.PersonId == it.Person),
                (await db.Referrals.SingleAsync(r => r.Id == id)).Version, (await db.Referrals.SingleAsync(r => r.Id == id)).Status);
        });
    }

    [Fact]
    public async Task A_read_names_the_consent_that_it_relied_on_and_in_which_version()
    {
        var it = await Case.SendAsync(Exchange);
        var reader = new Clinic(Exchange);

        (await reader.ReadAsync(it.Id)).Is(200);

        var entry = Assert.Single(await reader.AuditedAsync());
        Assert.Equal(("read", "referral.read", "permitted", "consent"), (entry.Action, entry.Operation, entry.Outcome, entry.Ground));
        Assert.Equal((it.Person, "Referral", it.Id.ToString()), (entry.Person, entry.ResourceType, entry.ResourceId));
        var relied = Assert.Single(System.Text.Json.JsonElement.Parse(entry.Canonical).GetProperty("consents").EnumerateArray());
        Assert.Equal((it.ReferralConsent, 1), (relied.GetProperty("id").GetGuid(), relied.GetProperty("version").GetInt32()));
    }

    /// <summary>Does it, and looks at what is there that was not.</summary>
    async Task<Reply> LeftAsync(Case it, Party by, string operation, string? history, string? type, Func<Task<Reply>> act, bool already = false)
    {
        var before = already ? new([], [], []) : await LookAsync();
        var reply = await act();
        Assert.InRange(reply.Status, 200, 201);
        var after = await LookAsync();

        Assert.Equal(
            $"{operation}: history [{history}] events [{(type is null ? "" : $"org.interop.{type}.v1")}] log [{operation} permitted]",
            $"{operation}: history [{New(l => l.History)}] events [{New(l => l.Events)}] log [{New(l => l.Audited)}]");
        return reply;

        string New(Func<Left, List<string>> what) => string.Join(", ", what(after).Skip(what(before).Count));

        async Task<Left> LookAsync() => await Exchange.LookAsync(async db =>
        {
            var id = new Id<Referral>(it.Id);
            return new Left(await db.ReferralEntries.Where(e => e.ReferralId == id).OrderBy(e => e.Version).Select(e => e.Act).ToListAsync(),
                await db.RecordedEvents.Where(e => e.Subject == $"referrals/{it.Id}").OrderBy(e => e.Position).Select(e => e.Type).ToListAsync(),
                (await by.AuditedAsync()).Select(e => $"{e.Operation} {e.Outcome}").ToList());
        });
    }

    sealed record Left(List<string> History, List<string> Events, List<string> Audited);
}

public sealed class TogetherOrNotAtAllOnSqlite(SqliteExchange shared) : TogetherOrNotAtAllTests(shared);

public sealed class TogetherOrNotAtAllOnPostgreSql(PostgreSqlExchange shared) : TogetherOrNotAtAllTests(shared);

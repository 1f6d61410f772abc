using System.Text.Json.Nodes;

namespace Interop.Server.Tests.World;

/// <summary>One person referred by the court to a clinic, brought as far as a test needs.</summary>
public sealed class Case
{
    public required Exchange Exchange { get; init; }
    public required Court Court { get; init; }
    public required Court Supervision { get; init; }
    public required Clinic Clinic { get; init; }

    /// <summary>The answer to the court's request.</summary>
    public required Reply Referral { get; init; }

    public Guid Id => Referral.Id;
    public Guid Person => Guid.Parse(Referral["personId"]!);
    public Guid Matter => Guid.Parse(Referral["matter.id"]!);
    public Guid Appointment { get; private set; }

    /// <summary>The consents that it was brought this far with.</summary>
    public Guid ReferralConsent { get; private set; }
    public Guid Monitoring { get; private set; }

    /// <summary>Awaiting the person's consent.</summary>
    public static async Task<Case> OpenAsync(Exchange exchange, JsonObject? referral = null)
    {
        var court = new Court(exchange);
        var answer = await court.ReferAsync(referral ?? A.Referral());
        return new()
        {
            Exchange = exchange,
            Court = court,
            Supervision = new(exchange, "libertad-vigilada"),
            Clinic = new(exchange, answer["providerId"]!),
            Referral = answer,
        };
    }

    /// <summary>Sent: the person has consented to the referral.</summary>
    public static async Task<Case> SendAsync(Exchange exchange, JsonObject? referral = null)
    {
        var it = await OpenAsync(exchange, referral);
        await it.ConsentAsync();
        return it;
    }

    public static async Task<Case> AdmitAsync(Exchange exchange, JsonObject? referral = null)
    {
        var it = await SendAsync(exchange, referral);
        (await it.Clinic.AcceptAsync(it.Id)).Is(200);
        (await it.Clinic.AdmitAsync(it.Id)).Is(200);
        return it;
    }

    public async Task ConsentAsync() =>
        ReferralConsent = (await Court.PostAsync("/v1/consents", A.ReferralConsent(Referral, Exchange.Now))).Is(201).Id;

    /// <summary>The person lets the court and supervision follow these categories.</summary>
    public async Task MonitorAsync(params string[] categories) =>
        Monitoring = (await Clinic.PostAsync("/v1/consents", A.MonitoringConsent(Referral, Exchange.Now, categories))).Is(201).Id;

    public Task<Reply> RevokeAsync(Guid consent) =>
        Clinic.PostAsync($"/v1/consents/{consent}/revocation", new JsonObject { ["reason"] = "Lo pidió" });

    public Task<Reply> RevokeByCourtAsync(Guid consent) =>
        Court.PostAsync($"/v1/consents/{consent}/revocation", new JsonObject { ["reason"] = "Lo pidió" });

    public async Task ScheduleAsync() => Appointment = (await Clinic.ScheduleAsync(Id)).Is(201).Id;

    /// <summary>Brings a fresh case to this status by the shortest way.</summary>
    public static async Task<Case> InAsync(Exchange exchange, string status)
    {
        var it = await OpenAsync(exchange);
        if (status == "awaiting-consent")
            return it;
        await it.ConsentAsync();
        await it.MonitorAsync("treatment-status", "attendance");
        switch (status)
        {
            case "sent":
                return it;
            case "lapsed":
                it.Exchange.Clock!.Advance(TimeSpan.FromDays(6));
                await exchange.RunAsync<Interop.Referrals.TimerClock>();
                return it;
            case "rejected":
                (await it.Clinic.RejectAsync(it.Id)).Is(200);
                return it;
            case "cancelled":
                (await it.Court.CancelAsync(it.Id)).Is(200);
                return it;
        }
        (await it.Clinic.AcceptAsync(it.Id)).Is(200);
        if (status == "accepted")
            return it;
        if (status == "scheduled")
        {
            await it.ScheduleAsync();
            return it;
        }
        (await it.Clinic.AdmitAsync(it.Id)).Is(200);
        if (status == "on-hold")
            (await it.Clinic.HoldAsync(it.Id)).Is(200);
        else if (status == "completed")
            (await it.Clinic.DischargeAsync(it.Id)).Is(200);
        else if (status == "ended")
            (await it.Clinic.DischargeAsync(it.Id, "unsuccessful")).Is(200);
        return it;
    }
}

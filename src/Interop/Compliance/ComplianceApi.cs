using Interop.Audit;
using Interop.Consent;
using Interop.Contracts;
using Interop.Platform;
using Interop.Platform.Http;
using Interop.Referrals;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Interop.Compliance;

/// <summary>A report as the provider wrote it, or as who may see it under a consent does.</summary>
/// <param name="Held">For the provider: nobody on the justice side may see it now.</param>
/// <param name="RetractedAt">Entered in error; the value is gone.</param>
internal sealed record ComplianceView(
    Id<ComplianceUpdate> Id, int Version, Id<Referral> ReferralId, string Category, DateTimeOffset OccurredAt, string? Value, string? Summary,
    DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, DateTimeOffset? RetractedAt, string? Reason, bool? Held, RedisclosureNotice? Notice) : IVersioned, INoticed
{
    [System.Text.Json.Serialization.JsonIgnore]
    public bool HasNotice => Notice is not null;

    public static ComplianceView Of(SeenReport seen, string language)
    {
        var (u, sight, held) = seen;
        var gone = u.RetractedAt is not null;
        return new(u.Id, u.Version, u.ReferralId, u.Category, u.OccurredAt, gone ? null : u.Value, gone ? null : u.Summary, u.CreatedAt, u.UpdatedAt,
            u.RetractedAt, u.Reason, held, sight.Recipient == u.Provider ? null : RedisclosureNotice.For(sight, language));
    }
}

internal static class ComplianceApi
{
    public static void MapCompliance(this IEndpointRouteBuilder routes)
    {
        var updates = routes.MapGroup("/v1/referrals/{id}/compliance-updates").WithTags("Compliance");
        Func<OrganisationKind, bool> care = kind => kind.IsCare, party = kind => kind.IsJustice || kind.IsCare;
        updates.MapPost("/", Report).Does("compliance.report", Actions.Create, Scopes.ComplianceWrite, care).Takes<ComplianceRequest>().Gives<ComplianceView>(201, 404, 409, 422);
        updates.MapGet("/", List).Does("compliance.list", Actions.Query, Scopes.ComplianceRead, party).Gives<Page<ComplianceView>>(200, 404)
            .Asks("category", "Of this category alone.", codes: Categories.Justice).Pages();
        updates.MapGet("/{uid}", Read).Does("compliance.read", Actions.Read, Scopes.ComplianceRead, party).Gives<ComplianceView>(200, 404);
        updates.MapPost("/{uid}/correction", Correct).Does("compliance.correct", Actions.Update, Scopes.ComplianceWrite, care).Takes<CorrectionRequest>().Gives<ComplianceView>(200, 404, 409, 412, 422);
        updates.MapPost("/{uid}/retraction", Retract).Does("compliance.retract", Actions.Update, Scopes.ComplianceWrite, care).Takes<RetractionRequest>().Gives<ComplianceView>(200, 404, 409, 412, 422);
    }

    /// <summary>
    /// The provider reports. A category that is not consented is accepted and held; a consent that covers when it occurred releases it.
    /// </summary>
    internal static Task<IResult> Report(Id<Referral> id, Call call, Work work, ComplianceBook book, ReferralBook referrals, ComplianceDoor door, CancellationToken ct) =>
        call.ActAsync(
            async body =>
            {
                var opened = await door.OpenAsync(id, ct);
                if (opened.Refusal is { } notFound)
                    return notFound;
                var request = Fields.Read(body, f => ComplianceRequest.Read(f, work.Now), out var refusal);
                if (refusal is not null)
                    return refusal;
                var referral = opened.Value!.Referral;
                if (referral.Provider != call.Caller.Organisation)
                    return Refusal.Forbidden; // it reads in an emergency; reporting is the provider's
                if (!referral.Accepted)
                    return Refusal.Conflict("", "compliance.not-accepted");
                var update = new ComplianceUpdate
                {
                    Id = Id<ComplianceUpdate>.New(work.Now),
                    Version = 1,
                    ReferralId = id,
                    PersonId = referral.PersonId,
                    Provider = referral.Provider,
                    Category = request.Category,
                    OccurredAt = request.OccurredAt,
                    Value = request.Value,
                    Summary = request.Summary,
                    CreatedAt = work.Now,
                    UpdatedAt = work.Now,
                };
                await book.ReportAsync(referral, update, ct);
                await referrals.ReportedAsync(referral, update.Category, ct);
                return new Done(201, update.Id.ToString(), $"/v1/referrals/{id}/compliance-updates/{update.Id}");
            },
            done => door.ShowAsync(id, new(Guid.Parse(done.Subject)), Actions.Create, "compliance.report", ct), ct, viewReads: false);

    /// <summary>Reports on a referral, newest first: the provider's own, those of consented categories, and of another provider what a consent for treatment names.</summary>
    internal static Task<IResult> List(Id<Referral> id, HttpContext http, Call call, ComplianceDoor door, CancellationToken ct)
    {
        var query = new Query(http);
        var category = query.Code("category", Categories.Justice);
        var (limit, cursor) = (query.Limit(), query.CursorId());
        return query.Refusal() is { } refusal
            ? Task.FromResult(refusal.ToResult())
            : Call.ShowAsync(door.ReadAsync(new(id, null, category, cursor, limit), seen => new Page<ComplianceView>(
                [.. seen.Shown.Select(door.View)], seen.More ? Query.WriteCursor(seen.Shown[^1].Update.Id.Value) : null), ct));
    }

    /// <summary>One report.</summary>
    internal static Task<IResult> Read(Id<Referral> id, Id<ComplianceUpdate> uid, Call call, ComplianceDoor door, CancellationToken ct) =>
        Call.ShowAsync(door.ReadAsync(new(id, uid, null, null, 1), seen => door.View(seen.Shown[0]), ct));

    /// <summary>The provider corrects a report; who was told is told.</summary>
    internal static Task<IResult> Correct(Id<Referral> id, Id<ComplianceUpdate> uid, Call call, Work work, ComplianceDoor door, CancellationToken ct) =>
        door.AmendAsync(id, uid, "compliance.correct", ComplianceChange.Corrected, (body, update) =>
        {
            var request = Fields.Read(body, f => CorrectionRequest.Read(f, update.Category, work.Now), out var refusal);
            if (refusal is not null)
                return refusal;
            update.OccurredAt = request.OccurredAt ?? update.OccurredAt;
            update.Value = request.Value ?? update.Value;
            update.Summary = request.Summary ?? update.Summary;
            update.Reason = request.Reason;
            return null;
        }, ct);

    /// <summary>The provider retracts a report that was entered in error; who was told is told, and its value is shown to nobody.</summary>
    internal static Task<IResult> Retract(Id<Referral> id, Id<ComplianceUpdate> uid, Call call, Work work, ComplianceDoor door, CancellationToken ct) =>
        door.AmendAsync(id, uid, "compliance.retract", ComplianceChange.Retracted, (body, update) =>
        {
            var request = Fields.Read(body, RetractionRequest.Read, out var refusal);
            (update.RetractedAt, update.Reason) = (work.Now, request.Reason);
            return refusal;
        }, ct);
}

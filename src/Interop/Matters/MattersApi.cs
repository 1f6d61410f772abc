using Interop.Audit;
using Interop.Contracts;
using Interop.Platform;
using Interop.Platform.Events;
using Interop.Platform.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Interop.Matters;

/// <summary>When the matter was finally disposed of.</summary>
/// <param name="At">Instant; not in the future.</param>
public sealed record FinalDispositionRequest(DateTimeOffset At)
{
    internal static FinalDispositionRequest Read(Fields f, DateTimeOffset now) => new(ReadAt(f, now));

    internal static DateTimeOffset ReadAt(Fields f, DateTimeOffset now)
    {
        var at = f.InstantOrDate("at", end: false, TimeZoneInfo.Utc);
        if (at > now + TimeSpan.FromMinutes(5))
            f.Fail("at", "date.future");
        return at ?? default;
    }
}

/// <summary>When the person's supervision in the matter ended.</summary>
/// <param name="At">Instant; not in the future.</param>
public sealed record EndOfSupervisionRequest(DateTimeOffset At)
{
    internal static EndOfSupervisionRequest Read(Fields f, DateTimeOffset now) => new(FinalDispositionRequest.ReadAt(f, now));
}

internal sealed record MatterView(Id<Matter> Id, int Version, string Number, string Jurisdiction, string? Offence, string Status, DateTimeOffset? DisposedAt, DateTimeOffset? SupervisionEndedAt) : IVersioned
{
    public static MatterView Of(Matter m) => new(m.Id, m.Version, m.Number, m.Jurisdiction, m.Offence, m.DisposedAt is null ? "open" : "disposed", m.DisposedAt, m.SupervisionEndedAt);
}

internal static class MattersApi
{
    public static void MapMatters(this IEndpointRouteBuilder routes)
    {
        var matters = routes.MapGroup("/v1/matters").WithTags("Matters");
        matters.MapGet("/{id}", Read).Does("matter.read", Actions.Read, Scopes.ReferralsRead, kind => kind.IsJustice).Gives<MatterView>(200, 404);
        matters.MapPost("/{id}/final-disposition", Dispose).Does("matter.dispose", Actions.Update, Scopes.ReferralsWrite, kind => kind.IsJustice)
            .Takes<FinalDispositionRequest>().Gives<MatterView>(200, 404, 409, 412, 422);
        matters.MapPost("/{id}/end-of-supervision", EndSupervision).Does("matter.end-supervision", Actions.Update, Scopes.ReferralsWrite, kind => kind.IsJustice)
            .Takes<EndOfSupervisionRequest>().Gives<MatterView>(200, 404, 412, 422);
    }

    /// <summary>A matter that the caller opened.</summary>
    internal static Task<IResult> Read(Id<Matter> id, Call call, Db db, Trail trail, CancellationToken ct) =>
        call.ReadAsync(async () =>
        {
            var answer = await ShowAsync(call, db, id, ct);
            if (answer.Value is not null)
                trail.Write(call.Caller, new(Actions.Read, "matter.read") { ResourceType = "Matter", ResourceId = id.ToString() });
            return answer;
        }, ct);

    /// <summary>
    /// The matter is finally disposed of: every justice consent bound to it ends (42 CFR 2.35(c)), and every consent that names
    /// final disposition as its end. Only who opened the matter disposes of it, and may correct when that was.
    /// </summary>
    internal static Task<IResult> Dispose(Id<Matter> id, Call call, Db db, Work work, MatterRegister register, EventLog events, Trail trail, CancellationToken ct) =>
        RecordAsync(id, "matter.dispose", EventTypes.MatterDisposed, FinalDispositionRequest.Read, (matter, request) => matter.DisposedAt = request.At, call, db, work, register, events, trail, ct);

    /// <summary>
    /// The person's supervision in the matter has ended: every consent that names this as its end has ended. The matter stays open. Only
    /// who opened the matter says so, and may correct when that was.
    /// </summary>
    internal static Task<IResult> EndSupervision(Id<Matter> id, Call call, Db db, Work work, MatterRegister register, EventLog events, Trail trail, CancellationToken ct) =>
        RecordAsync(id, "matter.end-supervision", EventTypes.MatterSupervisionEnded, EndOfSupervisionRequest.Read, (matter, request) => matter.SupervisionEndedAt = request.At, call, db, work, register, events, trail, ct);

    /// <summary>What happened in a matter, recorded with all that follows from it.</summary>
    static Task<IResult> RecordAsync<T>(
        Id<Matter> id, string operation, string type, Func<Fields, DateTimeOffset, T> read, Action<Matter, T> apply, Call call, Db db, Work work, MatterRegister register, EventLog events, Trail trail, CancellationToken ct)
        where T : class =>
        call.ActAsync(
            async body =>
            {
                if (await OwnAsync(db, call, id, ct) is null)
                    return Refusal.NotFound;
                var persons = await db.MatterPersons.AsNoTracking().Where(p => p.MatterId == id).Select(p => p.PersonId).ToListAsync(ct);
                await work.LockAsync([.. persons.Select(p => p.Value)], exclusive: true, ct); // before any other row (P3)
                var matter = await db.Matters.SingleOrDefaultAsync(m => m.Id == id, ct) ?? throw new DbUpdateConcurrencyException(); // erased while its lock was waited for
                if (call.CheckVersion(matter.Version) is { } stale)
                    return stale;
                var request = Fields.Read(body, f => read(f, work.Now), out var refusal);
                if (refusal is not null)
                    return refusal;
                apply(matter, request);
                matter.Version++;
                register.Keep(matter);
                await db.SaveChangesAsync(ct);
                await events.RecordAsync(type, $"matters/{id}", matter.Version, null, [matter.Organisation], null,
                    new MatterEventData(id.Value, $"/v1/matters/{id}"), ct);
                foreach (var person in persons)
                    trail.Write(call.Caller, new(Actions.Update, operation) { Person = person.Value, ResourceType = "Matter", ResourceId = id.ToString() });
                return new Done(200, id.ToString());
            },
            done => ShowAsync(call, db, id, ct),
            ct);

    static async Task<Answer<MatterView>> ShowAsync(Call call, Db db, Id<Matter> id, CancellationToken ct) =>
        await OwnAsync(db, call, id, ct) is { } matter ? MatterView.Of(matter) : Refusal.NotFound;

    static Task<Matter?> OwnAsync(Db db, Call call, Id<Matter> id, CancellationToken ct) =>
        db.Matters.AsNoTracking().SingleOrDefaultAsync(m => m.Id == id && m.Organisation == call.Caller.Organisation, ct);
}

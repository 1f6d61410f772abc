using Interop.Audit;
using Interop.Contracts;
using Interop.Persons;
using Interop.Platform;
using Interop.Platform.Events;
using Microsoft.EntityFrameworkCore;

namespace Interop.Consent.WithoutConsent;

/// <summary>
/// Ends what is over, so that no clock that is set back brings it to life, and notices an emergency access that was not reviewed in time.
/// </summary>
internal sealed class WithoutConsentClock(Db db, Work work, Gate gate, CourtOrderRegister register, EventLog events, Trail trail) : IBatch
{
    public async Task<int> RunOnceAsync(CancellationToken ct) => await EndAsync(ct) + await NoticeAsync(ct);

    async Task<int> EndAsync(CancellationToken ct)
    {
        var due = await DueAsync(async now => await db.LawfulGrounds.Where(g => g.EndedAt == null && g.Until <= now).OrderBy(g => g.Until).Take(100).Select(g => g.Id).ToListAsync(ct), ct);
        foreach (var id in due.Distinct())
            await work.RunAsync<Due>(async () =>
            {
                var person = await db.LawfulGrounds.AsNoTracking().Where(g => g.Id == id).Select(g => g.PersonId).FirstAsync(ct);
                await gate.OpenAsync([person.Value], ct, exclusive: true);
                var grounds = await db.LawfulGrounds.Where(g => g.Id == id && g.EndedAt == null).ToListAsync(ct);
                if (grounds.Count == 0 || grounds[0].Until > work.Now)
                    return new Due([]);
                var isOrder = grounds[0].Kind == Grounds.CourtOrder;
                if (isOrder)
                    await register.EndAsync(await db.CourtOrders.SingleAsync(o => o.Id == new Id<CourtOrder>(id), ct), grounds[0].Until, ConsentEnds.Expired, null, ct);
                foreach (var ground in grounds)
                    (ground.EndedAt, ground.EndedBy) = (ground.Until, ConsentEnds.Expired);
                Write(isOrder ? "court-order.expire" : "emergency-access.expire", person, isOrder ? CourtOrder.ResourceType : EmergencyAccess.ResourceType, id);
                return new Due([]);
            }, ct);
        return due.Count;
    }

    async Task<int> NoticeAsync(CancellationToken ct)
    {
        var due = await DueAsync(async now => (await db.EmergencyAccesses.Where(e => e.ReviewedAt == null && e.OverdueAt == null && e.ReviewBy <= now)
            .OrderBy(e => e.ReviewBy).Take(100).Select(e => e.Id).ToListAsync(ct)).ConvertAll(id => id.Value), ct);
        foreach (var id in due)
            await work.RunAsync<Due>(async () =>
            {
                var access = await db.EmergencyAccesses.SingleAsync(e => e.Id == new Id<EmergencyAccess>(id), ct);
                if (access is not { ReviewedAt: null, OverdueAt: null })
                    return new Due([]);
                access.OverdueAt = work.Now;
                access.Version++;
                var person = access.PersonId is { } named && await db.Persons.AnyAsync(p => p.Id == named, ct) ? named : (Id<Person>?)null;
                Write(Digest.EmergencyOverdue, person, EmergencyAccess.ResourceType, id);
                await events.RecordAsync(EventTypes.EmergencyAccessOverdue, $"emergency-access/{access.Id}", access.Version, person?.Value,
                    [access.Organisation, .. access.Disclosers], null, access.ToEvent(), ct);
                return new Due([]);
            }, ct);
        return due.Count;
    }

    void Write(string operation, Id<Person>? person, string resourceType, Guid id) =>
        trail.Write(Caller.Exchange, new(Actions.Update, operation) { Person = person?.Value, ResourceType = resourceType, ResourceId = id.ToString("D") });

    async Task<IReadOnlyList<Guid>> DueAsync(Func<DateTimeOffset, Task<List<Guid>>> find, CancellationToken ct) =>
        (await work.RunAsync<Due>(async () => new Due(await find(work.Now)), ct)).Value!.Ids;

    sealed record Due(IReadOnlyList<Guid> Ids);
}

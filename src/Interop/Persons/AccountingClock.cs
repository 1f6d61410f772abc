using Interop.Audit;
using Interop.Contracts;
using Interop.Platform;
using Interop.Platform.Events;
using Microsoft.EntityFrameworkCore;

namespace Interop.Persons;

/// <summary>Notices that an accounting was not given in time, and tells who owes it. Once: what follows is people's work.</summary>
internal sealed class AccountingClock(Db db, Work work, EventLog events, Trail trail) : IBatch
{
    public async Task<int> RunOnceAsync(CancellationToken ct)
    {
        var due = (await work.RunAsync<Due>(async () =>
        {
            var now = work.Now;
            return new Due(await db.DisclosureRequests.Where(r => r.AnsweredAt == null && r.OverdueAt == null && r.DueAt <= now).OrderBy(r => r.DueAt).Take(100).Select(r => r.Id).ToListAsync(ct));
        }, ct)).Value!.Requests;
        foreach (var id in due)
            await work.RunAsync<Due>(async () =>
            {
                if (await db.DisclosureRequests.SingleOrDefaultAsync(r => r.Id == id, ct) is { AnsweredAt: null, OverdueAt: null } request)
                    await NoticeAsync(request, ct);
                return new Due([]);
            }, ct);
        return due.Count;
    }

    async Task NoticeAsync(DisclosureRequest request, CancellationToken ct)
    {
        request.OverdueAt = work.Now;
        request.Version++;
        trail.Write(Caller.Exchange, new(Actions.Update, "disclosure-request.overdue")
        {
            Person = request.PersonId.Value,
            ResourceType = "DisclosureRequest",
            ResourceId = request.Id.ToString(),
        });
        await events.RecordAsync(EventTypes.AccountingOverdue, $"disclosure-requests/{request.Id}", request.Version, request.PersonId.Value, [request.Organisation], null,
            new AccountingEventData(request.Id.Value, request.PersonId.Value, $"/v1/persons/{request.PersonId}/disclosure-requests/{request.Id}"), ct);
    }

    sealed record Due(IReadOnlyList<Id<DisclosureRequest>> Requests);
}

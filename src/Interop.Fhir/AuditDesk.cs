using Hl7.Fhir.Model;
using Interop.Audit;
using Interop.Platform;
using Interop.Platform.Http;
using Interop.Referrals;
using Microsoft.AspNetCore.Http;

namespace Interop.Fhir;

/// <summary>The log as AuditEvents, for oversight: read and searched, and that recorded like every other look at it.</summary>
internal sealed class AuditDesk(Call call, LogSearch log, Sequencer sequencer, Trail trail, FhirDesk desk, FhirAddress address)
{
    /// <summary>How far a total is counted where it was not asked to be accurate.</summary>
    const int CountedAtMost = 1000;

    public async Task<IResult> ReadAsync(string id, CancellationToken ct)
    {
        await sequencer.RunOnceAsync(ct);
        return await desk.AnswerAsync(async () =>
        {
            if (AuditFacets.Parse(id) is not var (entry, suffix) || await log.ReadAsync(entry, ct) is not { } found
                || AuditFacets.Of(found.Entry).FirstOrDefault(f => f.Suffix == suffix) is not { } facet)
                return Refusal.NotFound;
            trail.Write(call.Caller, new(Actions.Read, FhirDesk.ReadOperation) { Person = found.Entry.Person, ResourceType = nameof(AuditEvent), ResourceId = id });
            return FhirShown.Of(AuditEventMap.Of(found, facet, address.Base));
        }, ct);
    }

    public async Task<IResult> SearchAsync(HttpContext http, CancellationToken ct)
    {
        await sequencer.RunOnceAsync(ct);
        return await desk.SearchAsync(http, FhirTypes.AuditEvent, async (search, query, limit) =>
        {
            var asked = AuditSearch.Read(search);
            if (search.Refusal is { } refusal)
                return refusal;
            var found = await PageAsync(asked, limit, ct);
            if (found is null)
                return Refusal.BadQuery(new Fault("_cursor", "cursor.bad"));
            var total = await CountAsync(asked, search.Counting, ct);
            trail.Write(call.Caller, query with { Person = asked.Person });
            return desk.Page(search, FhirTypes.AuditEvent, found.Events, found.Next, total);
        }, ct);
    }

    async Task<Found?> PageAsync(AuditSearch asked, int limit, CancellationToken ct)
    {
        if (limit == 0)
            return new([], null);
        // One entry more: of the first, all events may stand on the page before.
        var page = await log.FindAsync(asked.Filter, limit + 1, asked.After?.Index, ct, again: true);
        if (page is null)
            return null;
        var events = new List<AuditEvent>();
        (long Index, int Rank)? last = null;
        foreach (var entry in page.Found)
        foreach (var (rank, facet) in asked.Of(entry.Entry))
        {
            if (asked.After is { } after && entry.Index == after.Index && rank <= after.Rank)
                continue;
            if (events.Count == limit)
                return new(events, Cursor(last!.Value));
            events.Add(AuditEventMap.Of(entry, facet, address.Base));
            last = (entry.Index, rank);
        }
        return new(events, page.Next is { } next ? Cursor((next, AuditFacets.All.Count)) : null);
    }

    async Task<int?> CountAsync(AuditSearch asked, Counting counting, CancellationToken ct)
    {
        if (counting == Counting.None)
            return null;
        var (number, whole) = (0L, true);
        foreach (var facet in asked.Facets)
        {
            var count = await log.CountAsync(asked.FilterOf(facet), counting == Counting.Whole ? null : CountedAtMost, ct);
            (number, whole) = (number + count.Number, whole && count.IsWhole);
        }
        return whole ? (int)Math.Min(number, int.MaxValue) : null;
    }

    static string Cursor((long Index, int Rank) last) => Query.WriteCursor($"{last.Index}.{last.Rank}");

    sealed record Found(IReadOnlyList<AuditEvent> Events, string? Next);
}

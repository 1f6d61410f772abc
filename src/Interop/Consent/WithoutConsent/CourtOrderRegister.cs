using Interop.Audit;
using Interop.Contracts;
using Interop.Platform;
using Interop.Platform.Events;
using Microsoft.EntityFrameworkCore;

namespace Interop.Consent.WithoutConsent;

/// <summary>Begins and ends court orders. Whoever calls holds the person's exclusive lock (P3).</summary>
internal sealed class CourtOrderRegister(Db db, EventLog events)
{
    /// <param name="jurisdiction">The discloser's.</param>
    public async Task AddAsync(CourtOrder order, string? jurisdiction, CancellationToken ct)
    {
        db.CourtOrders.Add(order);
        db.LawfulGrounds.AddRange(order.Recipients.Select(recipient => new LawfulGround
        {
            Id = order.Id.Value,
            Kind = Grounds.CourtOrder,
            PersonId = order.PersonId,
            Recipient = recipient,
            Discloser = order.Discloser,
            Jurisdiction = jurisdiction,
            Categories = order.Categories,
            RecordsFrom = order.Records?.From,
            RecordsUntil = order.Records?.Until,
            From = order.From,
            Until = order.Until,
            RecordedAt = order.CreatedAt,
        }));
        await RecordAsync(EventTypes.CourtOrderRegistered, order, ct);
    }

    public async Task EndAsync(CourtOrder order, DateTimeOffset at, string by, string? reason, CancellationToken ct)
    {
        (order.EndedAt, order.EndedBy, order.Reason) = (at, by, reason);
        order.Version++;
        foreach (var ground in await db.LawfulGrounds.Where(g => g.Id == order.Id.Value && g.EndedAt == null).ToListAsync(ct))
            (ground.EndedAt, ground.EndedBy) = (at, by);
        await RecordAsync(EventTypes.CourtOrderEnded, order, ct);
    }

    Task RecordAsync(string type, CourtOrder order, CancellationToken ct) => events.RecordAsync(
        type, $"court-orders/{order.Id}", order.Version, order.PersonId.Value, [order.Organisation, order.Discloser, .. order.Recipients], null, order.ToEvent(), ct);
}

using System.Text.Json;
using Interop.Contracts;
using Interop.Directory;
using Interop.Matters;
using Interop.Platform;
using Interop.Platform.Events;
using Interop.Platform.Http;
using Microsoft.EntityFrameworkCore;

namespace Interop.Consent;

/// <summary>
/// Begins and ends consents. Whoever calls holds the persons' exclusive lock, so that no disclosure commits beside the change (P3), and
/// nobody else changes the consent: of an end or a rewriting, a version that is there already would say so.
/// </summary>
internal sealed class ConsentRegister(Work work, Gate gate, EventLog events, Organisations organisations)
{
    /// <param name="matter">That it names.</param>
    public async Task AddAsync(ConsentGiven consent, Matter? matter, CancellationToken ct)
    {
        consent.DiscloserJurisdiction = (await organisations.RecallAsync(consent.Discloser, ct))?.Jurisdiction;
        consent.MatterJurisdiction = matter?.Jurisdiction;
        work.Insert(consent);
        Keep(consent);
        if (consent.InForce(work.Now))
            await BeginAsync(consent, ct);
    }

    /// <summary>The consent is in force from now: what waited for it goes on.</summary>
    public Task BeginAsync(ConsentGiven consent, CancellationToken ct)
    {
        consent.BegunAt = work.Now;
        work.Update(consent);
        gate.Hear(consent);
        work.Count(ConsentMetrics.Changes, ("change", "begun"));
        return RecordAsync(EventTypes.ConsentGranted, consent, ct);
    }

    public Task EndAsync(ConsentGiven consent, DateTimeOffset at, string by, string? reason, CancellationToken ct)
    {
        (consent.EndedAt, consent.EndedBy, consent.RevocationReason) = (at, by, reason);
        work.Count(ConsentMetrics.Changes, ("change", by));
        Change(consent);
        gate.Hear(consent);
        return RecordAsync(by == ConsentEnds.Revoked ? EventTypes.ConsentRevoked : EventTypes.ConsentExpired, consent, ct);
    }

    /// <summary>What stands beside what it states was written anew: a version, and nothing that decides.</summary>
    public void Rewrite(ConsentGiven consent, AsWritten written)
    {
        consent.Written = written;
        Change(consent);
    }

    void Change(ConsentGiven consent)
    {
        consent.Version++;
        work.Update(consent);
        Keep(consent);
    }

    // Whoever the consent names is told that it began or ended, whatever else they may be told (DESIGN.md section 4).
    Task RecordAsync(string type, ConsentGiven consent, CancellationToken ct) => events.RecordAsync(
        type, $"consents/{consent.Id}", consent.Version * 2 - (type == EventTypes.ConsentGranted ? 1 : 0), consent.PersonId.Value,
        [consent.Discloser, consent.CapturedBy, .. consent.Recipients], null,
        new ConsentEventData(consent.Id.Value, consent.PersonId.Value, consent.Version, $"/v1/consents/{consent.Id}"), ct);

    void Keep(ConsentGiven consent) => work.Insert(new ConsentVersion
    {
        ConsentId = consent.Id,
        Version = consent.Version,
        RecordedAt = work.Now,
        Snapshot = JsonSerializer.Serialize(consent, Json.Options),
    });
}

/// <summary>When the time of a consent comes or ends, what follows follows within a second.</summary>
internal sealed class ConsentClock(Db db, Work work, Gate gate, ConsentRegister register, Audit.Trail trail) : IBatch
{
    public async Task<int> RunOnceAsync(CancellationToken ct)
    {
        var due = (await work.RunAsync<Due>(async () =>
        {
            var now = work.Now;
            return new Due(await db.Consents.AsNoTracking()
                .Where(c => c.EndedAt == null && ((c.BegunAt == null && c.From <= now) || (c.Until != null && c.Until <= now)))
                .OrderBy(c => c.CreatedAt).Take(100).Select(c => c.Id).ToListAsync(ct));
        }, ct)).Value!.Consents;
        foreach (var id in due)
            await work.RunAsync<Due>(async () =>
            {
                // null: erased since.
                if (await gate.OpenOfAsync(id, ct) is not { EndedAt: null } consent)
                    return new Due([]);
                using var span = Telemetry.Source.StartActivity("consent clock");
                if (consent.Until <= work.Now)
                    await register.EndAsync(consent, consent.Until.Value, ConsentEnds.Expired, null, ct);
                else if (consent.BegunAt is null && consent.InForce(work.Now))
                    await register.BeginAsync(consent, ct);
                trail.Write(Caller.Exchange, new(Audit.Actions.Update, consent.EndedAt is null ? "consent.begin" : "consent.expire") { Person = consent.PersonId.Value, ResourceType = "Consent", ResourceId = id.ToString() });
                return new Due([]);
            }, ct);
        return due.Count;
    }

    sealed record Due(IReadOnlyList<Id<ConsentGiven>> Consents);
}

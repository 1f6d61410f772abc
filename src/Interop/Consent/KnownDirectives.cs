using Interop.Consent.Evaluation;
using Interop.Consent.Packs;
using Interop.Consent.WithoutConsent;
using Interop.Platform;

namespace Interop.Consent;

/// <summary>
/// What is recorded, as the engine reads it. A consent's reading is remembered: what it states never changes, and its end is in the
/// key. Whether it counts is decided anew each time, of the row that was read under the lock.
/// </summary>
internal sealed class KnownDirectives(PackShelf packs) : Recent<ReadConsent, Directive>(4_000)
{
    /// <param name="at">The instant asked about, in UTC ticks.</param>
    /// <param name="around">To what references in a consent that came as FHIR may lead; null: to nothing.</param>
    public Directive Read(ConsentGiven c, long at, Surroundings? around = null)
    {
        var pack = packs.For(c.DiscloserJurisdiction, c.MatterJurisdiction, at);
        if (c.Written is not null) // read against what came with the question
            return StoredConsents.Read(c, pack, at, around);
        var key = new ReadConsent(c.Id.Value, c.Version, c.EndedAt, pack);
        if (Find(key) is { } known)
            return known;
        var read = StoredConsents.Read(c, pack, at);
        Add(key, read);
        return read;
    }

    /// <summary>An emergency or a court order.</summary>
    public Directive Read(LawfulGround g, long at) => StoredConsents.Read(g, packs.For(g.Jurisdiction, null, at));
}

/// <summary>A consent in a version, under a law.</summary>
internal readonly record struct ReadConsent(Guid Id, int Version, DateTimeOffset? EndedAt, Pack Pack);

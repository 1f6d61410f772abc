using Interop.Matters;
using Interop.Persons;
using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Consent;

/// <summary>Who signed, how and when (42 CFR 2.31(a)(9)).</summary>
internal sealed record Signature(string Method, DateTimeOffset At, string By, string? Witness);

/// <summary>From when the consent may be revoked, where it says so (42 CFR 2.35(c)): an instant, an event, or whichever comes first.</summary>
internal sealed record Revocable(DateTimeOffset? From, string? Event);

/// <summary>A consent as FHIR, the way it was written.</summary>
/// <param name="Zone">In which its partial dates are read where it names none: that of who captured it.</param>
internal sealed record AsWritten(string Json, string Zone);

/// <summary>A person's consent as it was given. What it states never changes; only its end is recorded, as a new version.</summary>
internal sealed class ConsentGiven
{
    public required Id<ConsentGiven> Id { get; init; }
    public required int Version { get; set; }
    public required Id<Person> PersonId { get; init; }
    public required string Kind { get; init; }
    public Id<Matter>? MatterId { get; init; }
    public required string Discloser { get; init; }
    public required IReadOnlyList<string> Recipients { get; init; }
    public required IReadOnlyList<string> Purposes { get; init; }
    public required IReadOnlyList<string> Categories { get; init; }

    /// <summary>In force from this instant, itself included.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>In force until this instant, itself excluded: intervals are half-open.</summary>
    public DateTimeOffset? Until { get; init; }
    public string? UntilEvent { get; init; }
    public Revocable? Revocable { get; init; }
    public required Signature Signature { get; init; }
    public required string Language { get; init; }
    public required string CapturedBy { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>As FHIR, where it came in so: it says more than the elements beside it, which are drawn from it.</summary>
    public AsWritten? Written { get; set; }

    /// <summary>Of whose law it is, by its discloser and its matter: kept with it, since neither changes and every decision asks.</summary>
    public string? DiscloserJurisdiction { get; set; }
    public string? MatterJurisdiction { get; set; }

    /// <summary>When its beginning was noticed: referrals released, held updates passed on.</summary>
    public DateTimeOffset? BegunAt { get; set; }

    /// <summary>Ended before its time, from this instant: revoked, or by the event that it names.</summary>
    public DateTimeOffset? EndedAt { get; set; }

    /// <summary><c>revoked</c>, <c>expired</c> (by its date) or the event that ended it; null while it has not ended.</summary>
    public string? EndedBy { get; set; }
    public string? RevocationReason { get; set; }

    public bool InForce(DateTimeOffset at) => From <= at && (Until is not { } until || at < until) && (EndedAt is not { } ended || at < ended);

    public string Status(DateTimeOffset at) => this switch
    {
        { EndedBy: ConsentEnds.Revoked } => "revoked",
        { EndedBy: not null } => "expired",
        _ when Until <= at => "expired",
        _ when at < From => "not-yet-in-force",
        _ => "active",
    };
}

internal static class ConsentEnds
{
    public const string Revoked = "revoked";
    public const string Expired = "expired";
}

/// <summary>A consent as it stood from <see cref="RecordedAt"/>, whole, so that a decision can be made again (P7).</summary>
internal sealed class ConsentVersion
{
    public required Id<ConsentGiven> ConsentId { get; init; }
    public required int Version { get; init; }
    public required DateTimeOffset RecordedAt { get; init; }
    public required string Snapshot { get; init; }
}

internal static class ConsentTables
{
    extension(Db db)
    {
        public DbSet<ConsentGiven> Consents => db.Set<ConsentGiven>();
        public DbSet<ConsentVersion> ConsentVersions => db.Set<ConsentVersion>();
    }

    public static Tables Tables { get; } = new(model =>
    {
        var consent = model.Entity<ConsentGiven>().ToTable("consents", "consent");
        consent.HasKey(c => c.Id);
        consent.Property(c => c.Version).IsConcurrencyToken();
        consent.Property(c => c.Recipients).AsJson();
        consent.Property(c => c.Purposes).AsJson();
        consent.Property(c => c.Categories).AsJson();
        consent.Property(c => c.Revocable).AsJson();
        consent.Property(c => c.Signature).AsJson();
        consent.Property(c => c.Written).AsJson();
        model.Entity<ConsentVersion>().ToTable("consent_versions", "consent").HasKey(v => new { v.ConsentId, v.Version });
    }, typeof(ConsentGiven));
}

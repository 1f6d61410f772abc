using Interop.Audit;
using Interop.Persons;
using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Consent.WithoutConsent;

/// <summary>
/// What one organisation may be told of one person without consent, and how long: a documented emergency (42 CFR 2.51) or a
/// registered court order (2.61 to 2.66). What the gate decides on; what was recorded beside it is of no concern to it.
/// </summary>
internal sealed class LawfulGround
{
    /// <summary>Of the emergency access or the court order.</summary>
    public required Guid Id { get; init; }

    /// <summary><see cref="Grounds.Emergency"/> or <see cref="Grounds.CourtOrder"/>.</summary>
    public required string Kind { get; init; }
    public required Id<Person> PersonId { get; init; }
    public required string Recipient { get; init; }

    /// <summary>Whose records; null: whoever treats the person.</summary>
    public string? Discloser { get; init; }

    /// <summary>Whose law: the discloser's, or of an emergency, which opens whatever there is, that of who declared it.</summary>
    public string? Jurisdiction { get; init; }

    /// <summary>Of the closed list, where it is limited to that.</summary>
    public required IReadOnlyList<string> Categories { get; init; }

    /// <summary>Records of what happened from this instant on, where the order says so.</summary>
    public DateTimeOffset? RecordsFrom { get; init; }
    public DateTimeOffset? RecordsUntil { get; init; }
    public required DateTimeOffset From { get; init; }
    public required DateTimeOffset Until { get; init; }
    public required DateTimeOffset RecordedAt { get; init; }
    public DateTimeOffset? EndedAt { get; set; }

    /// <summary><see cref="ConsentEnds.Revoked"/>, <see cref="ConsentEnds.Expired"/>, or what a review found.</summary>
    public string? EndedBy { get; set; }
}

internal static class WithoutConsentTables
{
    extension(Db db)
    {
        public DbSet<LawfulGround> LawfulGrounds => db.Set<LawfulGround>();
        public DbSet<EmergencyAccess> EmergencyAccesses => db.Set<EmergencyAccess>();
        public DbSet<CourtOrder> CourtOrders => db.Set<CourtOrder>();
    }

    public static Tables Tables { get; } = new(model =>
    {
        var ground = model.Entity<LawfulGround>().ToTable("lawful_grounds", "consent");
        ground.HasKey(g => new { g.Id, g.Recipient });
        ground.Property(g => g.Categories).AsJson();
        var emergency = model.Entity<EmergencyAccess>().ToTable("emergency_accesses", "consent");
        emergency.HasKey(e => e.Id);
        emergency.Property(e => e.Version).IsConcurrencyToken();
        emergency.Property(e => e.Disclosers).AsJson();
        var order = model.Entity<CourtOrder>().ToTable("court_orders", "consent");
        order.HasKey(o => o.Id);
        order.Property(o => o.Version).IsConcurrencyToken();
        order.Property(o => o.Order).AsJson();
        order.Property(o => o.Subpoena).AsJson();
        order.Property(o => o.Recipients).AsJson();
        order.Property(o => o.Categories).AsJson();
        order.Property(o => o.Records).AsJson();
    }, typeof(EmergencyAccess), typeof(CourtOrder));
}

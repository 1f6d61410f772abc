using Interop.Consent;
using Interop.Persons;
using Interop.Platform;
using Interop.Referrals;
using Microsoft.EntityFrameworkCore;

namespace Interop.Compliance;

/// <summary>One report in one category of the closed list, as it stands after corrections.</summary>
internal sealed class ComplianceUpdate
{
    public required Id<ComplianceUpdate> Id { get; init; }
    public required int Version { get; set; }
    public required Id<Referral> ReferralId { get; init; }
    public required Id<Person> PersonId { get; init; }
    public required string Provider { get; init; }
    public required string Category { get; init; }
    public required DateTimeOffset OccurredAt { get; set; }
    public required string Value { get; set; }
    public string? Summary { get; set; }
    public DateTimeOffset? RetractedAt { get; set; }
    public string? Reason { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; set; }

    public Content ToContent() => new(ContentKind.Category, Provider, Provider, Category, OccurredAt);
}

/// <summary>A report as it stood from <see cref="RecordedAt"/>.</summary>
internal sealed class ComplianceVersion
{
    public required Id<ComplianceUpdate> UpdateId { get; init; }
    public required int Version { get; init; }
    public required DateTimeOffset RecordedAt { get; init; }
    public required DateTimeOffset OccurredAt { get; init; }
    public required string Value { get; init; }
    public string? Summary { get; init; }
    public DateTimeOffset? RetractedAt { get; init; }
    public string? Reason { get; init; }
}

/// <summary>That an organisation was told of a report: it is told of its correction and retraction too.</summary>
internal sealed class ComplianceTold
{
    public required Id<ComplianceUpdate> UpdateId { get; init; }
    public required string Organisation { get; init; }
    public required DateTimeOffset At { get; init; }
}

internal static class ComplianceTables
{
    extension(Db db)
    {
        public DbSet<ComplianceUpdate> ComplianceUpdates => db.Set<ComplianceUpdate>();
        public DbSet<ComplianceVersion> ComplianceVersions => db.Set<ComplianceVersion>();
        public DbSet<ComplianceTold> ComplianceTold => db.Set<ComplianceTold>();
    }

    public static Tables Tables { get; } = new(model =>
    {
        var update = model.Entity<ComplianceUpdate>().ToTable("compliance_updates", "compliance");
        update.HasKey(u => u.Id);
        update.Property(u => u.Version).IsConcurrencyToken();
        model.Entity<ComplianceVersion>().ToTable("compliance_versions", "compliance").HasKey(v => new { v.UpdateId, v.Version });
        model.Entity<ComplianceTold>().ToTable("compliance_told", "compliance").HasKey(t => new { t.UpdateId, t.Organisation });
    }, typeof(ComplianceUpdate));
}

using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Directory;

/// <summary>A tenant.</summary>
internal sealed class Organisation
{
    /// <summary>The slug: lower-case letters, digits and hyphens; never reused.</summary>
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required OrganisationKind Kind { get; init; }

    /// <summary>ISO 3166 country or subdivision code; decides which law's pack applies.</summary>
    public string? Jurisdiction { get; init; }

    /// <summary>en, es, fr or pt: the language of notices to it.</summary>
    public required string Language { get; init; }

    /// <summary>IANA name; partial dates of its consents are read in it.</summary>
    public required string TimeZone { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When its people are at work, where it is not as usual.</summary>
    public OfficeHours? OfficeHours { get; set; }

    /// <summary>UTC on a machine that has no time zone data.</summary>
    public TimeZoneInfo Zone => TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out var zone) ? zone : TimeZoneInfo.Utc;
}

/// <summary>A service that a care organisation offers.</summary>
internal sealed class CareService
{
    public required Id<CareService> Id { get; init; }
    public required string Organisation { get; init; }
    public required string Name { get; init; }

    /// <summary>One of <see cref="Vocabulary.Services"/>.</summary>
    public required string Service { get; init; }
    public required IReadOnlyList<string> Needs { get; init; }
    public required IReadOnlyList<string> Languages { get; init; }
    public string? Jurisdiction { get; init; }

    /// <summary>Places free now; null where the provider does not tell.</summary>
    public int? PlacesFree { get; set; }
    public required int Version { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }

    public bool Meets(string need) =>
        Needs.Contains(need) || (need.StartsWith("language:", StringComparison.Ordinal) && Languages.Contains(need["language:".Length..]));
}

internal static class DirectoryTables
{
    extension(Db db)
    {
        public DbSet<Organisation> Organisations => db.Set<Organisation>();
        public DbSet<CareService> CareServices => db.Set<CareService>();
    }

    public static Tables Tables { get; } = new(model =>
    {
        var organisation = model.Entity<Organisation>().ToTable("organisations", "directory");
        organisation.HasKey(o => o.Id);
        organisation.Ignore(o => o.Zone);
        organisation.Property(o => o.OfficeHours).AsJson();
        organisation.Property(o => o.Kind).HasConversion(kind => OrganisationKinds.CodeOf(kind), code => OrganisationKinds.Parse(code)!.Value);
        var service = model.Entity<CareService>().ToTable("care_services", "directory");
        service.HasKey(s => s.Id);
        service.Property(s => s.Needs).AsJson();
        service.Property(s => s.Languages).AsJson();
        service.Property(s => s.Version).IsConcurrencyToken();
    }, typeof(CareService));
}

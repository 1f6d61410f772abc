using Interop.Persons;
using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Matters;

/// <summary>A criminal matter, as the organisation that opened it numbers it.</summary>
internal sealed class Matter
{
    public required Id<Matter> Id { get; init; }
    public required string Organisation { get; init; }
    public required string Number { get; init; }
    public required string Jurisdiction { get; init; }
    public string? Offence { get; set; }
    public DateTimeOffset? DisposedAt { get; set; }

    /// <summary>When the person's supervision in it ended, which may be before it is disposed of.</summary>
    public DateTimeOffset? SupervisionEndedAt { get; set; }
    public required int Version { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>What was recorded of a matter, when (P7).</summary>
internal sealed class MatterVersion
{
    public required Id<Matter> MatterId { get; init; }
    public required int Version { get; init; }
    public DateTimeOffset? DisposedAt { get; init; }
    public DateTimeOffset? SupervisionEndedAt { get; init; }
    public required DateTimeOffset RecordedAt { get; init; }
}

internal sealed class MatterPerson
{
    public required Id<Matter> MatterId { get; init; }
    public required Id<Person> PersonId { get; init; }
}

internal static class MatterTables
{
    extension(Db db)
    {
        public DbSet<Matter> Matters => db.Set<Matter>();
        public DbSet<MatterVersion> MatterVersions => db.Set<MatterVersion>();
        public DbSet<MatterPerson> MatterPersons => db.Set<MatterPerson>();
    }

    public static Tables Tables { get; } = new(model =>
    {
        var matter = model.Entity<Matter>().ToTable("matters", "matters");
        matter.HasKey(m => m.Id);
        matter.Property(m => m.Version).IsConcurrencyToken();
        model.Entity<MatterVersion>().ToTable("matter_versions", "matters").HasKey(v => new { v.MatterId, v.Version });
        model.Entity<MatterPerson>().ToTable("matter_persons", "matters").HasKey(p => new { p.MatterId, p.PersonId });
    }, typeof(Matter));
}

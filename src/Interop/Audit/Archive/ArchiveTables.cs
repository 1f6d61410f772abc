using Interop.AuditLog;
using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Audit.Archive;

/// <summary>A month of the log that was archived as files and dropped. What the log holds of its entries stays: 32 bytes each.</summary>
internal sealed class ArchivedMonth
{
    /// <summary>Its first day, UTC.</summary>
    public required DateOnly Month { get; init; }

    /// <summary>Its entries' numbers, as <see cref="NumberRanges"/>.</summary>
    public required string Numbers { get; init; }
    public required long Entries { get; init; }

    /// <summary>Of the archive's file.</summary>
    public required byte[] Sha256 { get; init; }

    /// <summary>The id of the entry that tells of it.</summary>
    public required Guid ToldBy { get; init; }
    public required DateTimeOffset At { get; init; }

    public IReadOnlyList<(long First, long Last)> Ranges => NumberRanges.Parse(Numbers)!;
}

internal static class ArchiveTables
{
    extension(Db db)
    {
        public DbSet<ArchivedMonth> ArchivedMonths => db.Set<ArchivedMonth>();
    }

    public static Tables Tables { get; } = new(model =>
    {
        var month = model.Entity<ArchivedMonth>().ToTable("audit_archives", "audit");
        month.HasKey(m => m.Month);
        month.Ignore(m => m.Ranges);
    });
}

using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Audit;

/// <summary>One line of the log. Only ever inserted; its number and its place in the Merkle log live in tables of their own.</summary>
internal sealed class AuditEntry
{
    public required Guid Id { get; init; }
    public required DateTimeOffset At { get; init; }

    /// <summary>Who acted, or who received: the organisation's slug; <c>interop</c> for the exchange itself.</summary>
    public required string Organisation { get; init; }
    public required string Client { get; init; }
    public string? Actor { get; init; }

    /// <summary>create, read, update, delete, query or deliver.</summary>
    public required string Action { get; init; }

    /// <summary>The operation in the domain's words: <c>referral.accept</c>.</summary>
    public required string Operation { get; init; }
    public required string Outcome { get; init; }
    public Guid? Person { get; init; }
    public string? ResourceType { get; init; }
    public string? ResourceId { get; init; }

    /// <summary>authorship or consent, where personal data was disclosed.</summary>
    public string? Ground { get; init; }

    /// <summary>Whose record was disclosed.</summary>
    public string? Discloser { get; init; }

    /// <summary>The entry as RFC 8785 JSON: what the log proves.</summary>
    public required string Canonical { get; init; }
    public required byte[] Salt { get; init; }
}

internal sealed class AuditSequence
{
    public required long Index { get; init; }
    public required Guid EntryId { get; init; }
}

/// <summary>That an entry rests on a consent, so that all that was told under it is found. Written with the entry, only ever inserted.</summary>
internal sealed class AuditConsent
{
    public required Guid ConsentId { get; init; }

    /// <summary>The entry's.</summary>
    public required DateTimeOffset At { get; init; }
    public required Guid EntryId { get; init; }
    public required int Version { get; init; }
}

/// <summary>How many entries a client made in its busiest hour of a day (UTC). Derived from the log, so it can be made again.</summary>
internal sealed class AuditDay
{
    public required DateOnly Day { get; init; }
    public required string Client { get; init; }
    public required int Busiest { get; init; }
}

/// <summary>A question that an organisation asks of the log again and again.</summary>
internal sealed class SavedQuery
{
    public required Id<SavedQuery> Id { get; init; }
    public required string Organisation { get; init; }
    public required string Name { get; init; }
    public required AuditFilter Filters { get; init; }
    public required string CreatedBy { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>Entries that wait for their number. A work queue: it empties.</summary>
internal sealed class AuditQueued
{
    public required Guid EntryId { get; init; }
}

internal static class AuditTables
{
    extension(Db db)
    {
        public DbSet<AuditEntry> AuditEntries => db.Set<AuditEntry>();
        public DbSet<AuditSequence> AuditSequence => db.Set<AuditSequence>();
        public DbSet<AuditConsent> AuditConsents => db.Set<AuditConsent>();
        public DbSet<AuditQueued> AuditQueue => db.Set<AuditQueued>();
        public DbSet<AuditDay> AuditDays => db.Set<AuditDay>();
        public DbSet<SavedQuery> AuditQueries => db.Set<SavedQuery>();
    }

    public static Tables Tables { get; } = new(model =>
    {
        model.Entity<AuditEntry>().ToTable("audit_entries", "audit").HasKey(e => e.Id);
        model.Entity<AuditSequence>().ToTable("audit_sequence", "audit").HasKey(s => s.Index);
        model.Entity<AuditConsent>().ToTable("audit_consents", "audit").HasKey(c => new { c.ConsentId, c.At, c.EntryId });
        model.Entity<AuditQueued>().ToTable("audit_queue", "platform").HasKey(q => q.EntryId);
        model.Entity<AuditDay>().ToTable("audit_days", "platform").HasKey(d => new { d.Day, d.Client });
        var query = model.Entity<SavedQuery>().ToTable("audit_queries", "platform");
        query.HasKey(q => q.Id);
        query.Property(q => q.Filters).AsJson();
    }, typeof(SavedQuery));
}

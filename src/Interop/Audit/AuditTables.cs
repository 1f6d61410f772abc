using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Interop.AuditLog;
using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Audit;

/// <summary>One line of the log. Only ever inserted; its number and its place in the Merkle log live in tables of their own.</summary>
internal sealed class AuditEntry : IPersonal
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

    /// <summary>The entry as RFC 8785 JSON: what the log proves. Of an entry about a person a box, in base64, as the salt is one.</summary>
    public required string Canonical { get; set; }
    public required byte[] Salt { get; set; }

    /// <summary>What the log holds of it, so that it need not be opened to be taken in, and is proved when it is erased. null: written before this was kept.</summary>
    public byte[]? Hash { get; set; }

    /// <summary>Text and salt, opened; null where the person's key was destroyed, or <see cref="EntryBodies"/> was not asked.</summary>
    public EntryBody? Body { get => IsSealed ? field : new(Canonical, Salt); private set; }

    /// <summary>JSON begins with a brace, base64 never does.</summary>
    public bool IsSealed => !Canonical.StartsWith('{');

    /// <summary>What the log holds of it.</summary>
    public byte[] Held => Hash ?? LogEntry.Entry(Salt, Canonical);

    public void Seal(byte[] key)
    {
        Hash = Held; // while it can be told from the text
        var plain = new EntryBody(Canonical, Salt);
        using var aes = new AesBox(key);
        Canonical = Sealed(aes, plain.Canonical, TextContext);
        Salt = aes.Seal(plain.Salt, SaltContext);
        Body = plain;
    }

    /// <returns>In base64.</returns>
    static string Sealed(AesBox aes, string text, string context)
    {
        var most = Encoding.UTF8.GetMaxByteCount(text.Length);
        var buffer = ArrayPool<byte>.Shared.Rent(2 * most + AesBox.Overhead);
        try
        {
            var plain = buffer.AsSpan(0, Encoding.UTF8.GetBytes(text, buffer));
            var box = buffer.AsSpan(most, plain.Length + AesBox.Overhead);
            aes.Seal(plain, context, box);
            return Convert.ToBase64String(box);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public void Open(byte[] key)
    {
        using var aes = new AesBox(key);
        try
        {
            Body = new(Encoding.UTF8.GetString(aes.Open(Convert.FromBase64String(Canonical), TextContext)), aes.Open(Salt, SaltContext));
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            Body = new(Canonical, Salt); // changed behind our back: shown as it is, for the verifier to name it
        }
    }

    string TextContext => $"{Id:D} text";

    string SaltContext => $"{Id:D} salt";
}

/// <summary>What of an entry is erased with its person: the text that the log proves, and the salt without which its hash tells nothing.</summary>
internal sealed record EntryBody(string Canonical, byte[] Salt);

/// <summary>Opens entries for who is entitled to their text. Of a person whose key was destroyed they stay closed.</summary>
internal sealed class EntryBodies(PersonKeys keys)
{
    public async Task OpenAsync(IEnumerable<AuditEntry> entries, CancellationToken ct)
    {
        var boxes = entries.Where(e => e is { IsSealed: true, Person: not null }).ToList();
        var opened = await keys.OpenAsync([.. boxes.Select(e => e.Person!.Value).Distinct()], ct);
        foreach (var entry in boxes)
            if (opened.TryGetValue(entry.Person!.Value, out var key))
                entry.Open(key);
    }
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
        var entry = model.Entity<AuditEntry>().ToTable("audit_entries", "audit");
        entry.HasKey(e => e.Id);
        entry.Ignore(e => e.Body).Ignore(e => e.IsSealed).Ignore(e => e.Held);
        model.Entity<AuditSequence>().ToTable("audit_sequence", "audit").HasKey(s => s.Index);
        model.Entity<AuditConsent>().ToTable("audit_consents", "audit").HasKey(c => new { c.ConsentId, c.At, c.EntryId });
        model.Entity<AuditQueued>().ToTable("audit_queue", "platform").HasKey(q => q.EntryId);
        model.Entity<AuditDay>().ToTable("audit_days", "platform").HasKey(d => new { d.Day, d.Client });
        var query = model.Entity<SavedQuery>().ToTable("audit_queries", "platform");
        query.HasKey(q => q.Id);
        query.Property(q => q.Filters).AsJson();
    }, typeof(SavedQuery));
}

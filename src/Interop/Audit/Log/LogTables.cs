using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Audit.Log;

/// <summary>What the log holds from this index on: entries of 32 bytes that were taken in at once, all beneath one tile.</summary>
internal sealed class LoggedEntries
{
    public required long Index { get; init; }
    public required byte[] Entries { get; init; }
}

/// <summary>The root over a full tile of the level below.</summary>
internal sealed class LoggedHash
{
    public required int Level { get; init; }
    public required long Index { get; init; }
    public required byte[] Hash { get; init; }
}

/// <summary>A checkpoint that was signed, as a note.</summary>
internal sealed class SignedCheckpoint
{
    public required string Origin { get; init; }
    public required long Size { get; init; }
    public required string Note { get; init; }
    public required DateTimeOffset At { get; init; }
}

/// <summary>A witness's line under a checkpoint.</summary>
internal sealed class KeptCosignature
{
    public required string Origin { get; init; }
    public required long Size { get; init; }

    /// <summary>Its verifier key.</summary>
    public required string Witness { get; init; }
    public required string Line { get; init; }
    public required DateTimeOffset At { get; init; }
}

/// <summary>A key that signs, or signed once.</summary>
internal sealed class LoggedKey
{
    public required string VerifierKey { get; init; }
    public required string Origin { get; init; }
    public required long SinceSize { get; init; }
    public required DateTimeOffset Since { get; init; }
}

internal static class LogTables
{
    extension(Db db)
    {
        public DbSet<LoggedEntries> LoggedEntries => db.Set<LoggedEntries>();
        public DbSet<LoggedHash> LoggedHashes => db.Set<LoggedHash>();
        public DbSet<SignedCheckpoint> Checkpoints => db.Set<SignedCheckpoint>();
        public DbSet<KeptCosignature> Cosignatures => db.Set<KeptCosignature>();
        public DbSet<LoggedKey> LogKeys => db.Set<LoggedKey>();
    }

    public static Tables Tables { get; } = new(model =>
    {
        model.Entity<LoggedEntries>().ToTable("audit_log_entries", "audit").HasKey(e => e.Index);
        model.Entity<LoggedHash>().ToTable("audit_log_hashes", "audit").HasKey(h => new { h.Level, h.Index });
        model.Entity<SignedCheckpoint>().ToTable("audit_checkpoints", "audit").HasKey(c => new { c.Origin, c.Size });
        model.Entity<KeptCosignature>().ToTable("audit_cosignatures", "audit").HasKey(c => new { c.Origin, c.Size, c.Witness });
        model.Entity<LoggedKey>().ToTable("audit_log_keys", "audit").HasKey(k => k.VerifierKey);
    });
}

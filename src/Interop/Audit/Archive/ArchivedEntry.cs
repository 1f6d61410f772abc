using Interop.Audit.Log;
using Interop.AuditLog;

namespace Interop.Audit.Archive;

/// <summary>
/// A line of a month's archive: as in an export, but what is about a person stays sealed under that person's key, so that destroying the
/// key erases the archive too.
/// </summary>
/// <param name="Canonical">Of an entry about nobody, with its salt.</param>
/// <param name="Sealed">Of one about a person.</param>
/// <param name="Entry">Of a sealed one: what the log holds, 32 bytes.</param>
/// <param name="Proof">From its leaf up to the checkpoint's root.</param>
internal sealed record ArchivedEntry(long Index, string? Canonical, byte[]? Salt, SealedEntry? Sealed, byte[]? Entry, IReadOnlyList<byte[]> Proof)
{
    public static ArchivedEntry Of(Numbered n, IReadOnlyList<byte[]> proof) => n.Entry.IsSealed
        ? new(n.Index, null, null, SealedEntry.Of(n.Entry), n.Entry.Held, proof)
        : new(n.Index, n.Entry.Canonical, n.Entry.Salt, null, null, proof);

    /// <summary>As it stands in an export, once its entry was opened.</summary>
    /// <param name="entry">null: it was not sealed.</param>
    public ExportApi.ExportedEntry Exported(AuditEntry? entry) =>
        entry is null ? new(Index, Canonical, Salt, null, Proof)
        : entry.Body is { } body ? new(Index, body.Canonical, body.Salt, null, Proof)
        : new(Index, null, null, Entry, Proof);

    /// <summary>The sealed entry, to be opened; null: it is not sealed.</summary>
    public AuditEntry? ToEntry() => Sealed?.ToEntry(Entry!);

    /// <summary>Whether it says what the database has, to the byte; of what lies open there and sealed here, once that is opened.</summary>
    /// <param name="entry">As <see cref="ToEntry"/> gave it, opened where its key is there.</param>
    public bool IsOf(AuditEntry there, AuditEntry? entry) => Sealed is not { } box
        ? !there.IsSealed && Canonical == there.Canonical && Salt.AsSpan().SequenceEqual(there.Salt)
        : SealedEntry.Of(there) == box with { Text = there.Canonical, Salt = there.Salt } // the skeleton
            && Entry.AsSpan().SequenceEqual(there.Held)
            && (!there.IsSealed || (box.Text == there.Canonical && box.Salt.AsSpan().SequenceEqual(there.Salt)))
            && (entry?.Body is not { } body || LogEntry.Entry(body.Salt, body.Canonical).AsSpan().SequenceEqual(Entry));
}

/// <summary>Text and salt as they lie in the database, and the skeleton that an erasure leaves. The skeleton is not in the proof.</summary>
/// <param name="Text">The box of the canonical text, base64.</param>
/// <param name="Salt">The box of the salt.</param>
internal sealed record SealedEntry(
    Guid Id, DateTimeOffset At, string Organisation, string Client, string? Actor, string Action, string Operation, string Outcome,
    Guid? Person, string? ResourceType, string? ResourceId, string? Ground, string? Discloser, string Text, byte[] Salt)
{
    public static SealedEntry Of(AuditEntry e) => new(
        e.Id, e.At, e.Organisation, e.Client, e.Actor, e.Action, e.Operation, e.Outcome, e.Person, e.ResourceType, e.ResourceId, e.Ground, e.Discloser, e.Canonical, e.Salt);

    /// <param name="entry">What the log holds of it.</param>
    public AuditEntry ToEntry(byte[] entry) => new()
    {
        Id = Id, At = At, Organisation = Organisation, Client = Client, Actor = Actor, Action = Action, Operation = Operation, Outcome = Outcome, Person = Person,
        ResourceType = ResourceType, ResourceId = ResourceId, Ground = Ground, Discloser = Discloser, Canonical = Text, Salt = Salt, Hash = entry,
    };
}

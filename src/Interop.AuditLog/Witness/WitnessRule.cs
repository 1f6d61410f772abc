using System.Globalization;

namespace Interop.AuditLog;

/// <summary>What a witness answers.</summary>
/// <param name="Accepted">To be kept, durably, before anything is answered, and then cosigned; null when it is not.</param>
public sealed record WitnessAnswer(int Status, string Body, string ContentType = "text/plain; charset=utf-8", Checkpoint? Accepted = null);

/// <summary>
/// When a witness cosigns: a pure decision on what it saw last. Whoever asks it must do so for one log at a time, from reading
/// what was seen to keeping what is accepted.
/// </summary>
public static class WitnessRule
{
    /// <param name="keys">The keys of every log that it knows; a key's name is its log's origin.</param>
    /// <param name="lastSeen">The checkpoint that it cosigned last of the log with that origin.</param>
    public static WitnessAnswer Decide(AddCheckpoint request, IReadOnlyList<VerifierKey> keys, Func<string, Checkpoint?> lastSeen)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(lastSeen);
        Checkpoint checkpoint;
        try
        {
            checkpoint = Checkpoint.Parse(request.Note.Text);
        }
        catch (FormatException e)
        {
            return new(400, $"{e.Message}\n");
        }
        var known = keys.Where(k => k.Name == checkpoint.Origin).ToList();
        if (known.Count == 0) return new(404, "This log is not known here.\n");
        if (!IsSigned(request.Note, known)) return new(403, "The checkpoint is not signed by a key of this log.\n");
        if (request.OldSize > checkpoint.Size) return new(400, "The old size is beyond the checkpoint's.\n");
        var last = lastSeen(checkpoint.Origin) ?? new Checkpoint(checkpoint.Origin, 0, MerkleTree.EmptyRoot);
        if (request.OldSize != last.Size) return Conflict(last);
        if (last.Size == checkpoint.Size && !last.Root.AsSpan().SequenceEqual(checkpoint.Root)) return Conflict(last);
        return Proofs.VerifyConsistency(last.Size, checkpoint.Size, last.Root, checkpoint.Root, request.Proof)
            ? new(200, "", Accepted: checkpoint)
            : new(422, "The proof does not show that the log was only appended to.\n");
    }

    private static bool IsSigned(SignedNote note, IReadOnlyList<VerifierKey> keys)
    {
        try
        {
            return note.Verified(keys).Count > 0;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static WitnessAnswer Conflict(Checkpoint last) => new(409, string.Create(CultureInfo.InvariantCulture, $"{last.Size}\n"), "text/x.tlog.size");
}

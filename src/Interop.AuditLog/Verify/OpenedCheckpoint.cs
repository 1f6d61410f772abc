using System.Globalization;

namespace Interop.AuditLog;

/// <summary>A checkpoint whose signatures have been looked at.</summary>
internal sealed record OpenedCheckpoint(SignedNote Note, Checkpoint Checkpoint, IReadOnlyList<VerifierKey> SignedBy, IReadOnlyList<Cosigned> CosignedBy)
{
    /// <summary>Reads it and says what is wrong with it. Null when there is nothing to go on with.</summary>
    internal static OpenedCheckpoint? Open(byte[]? bytes, LogTrust trust, List<Finding> findings)
    {
        if (bytes is null)
        {
            findings.Add(new("checkpoint-missing", "There is no checkpoint."));
            return null;
        }
        try
        {
            var note = SignedNote.Parse(bytes);
            var checkpoint = Checkpoint.Parse(note.Text);
            var signed = note.Verified(trust.Keys);
            var cosigned = note.Verified(trust.Witnesses)
                .Select(w => new Cosigned(w, VerifierKey.CosignedAt(note.Signatures.First(s => s.Name == w.Name && s.KeyId == w.KeyId).Signature)))
                .ToList();
            if (signed.Count == 0)
                findings.Add(new("signature", $"The checkpoint of {checkpoint.Origin} is not signed by a key that is trusted ({string.Join(", ", trust.Keys.Select(k => $"{k.Name} {k.KeyId:x8}"))})."));
            else if (signed.All(k => k.Name != checkpoint.Origin))
                findings.Add(new("origin", $"The checkpoint is of another log: {checkpoint.Origin}."));
            if (cosigned.Count < trust.Quorum)
                findings.Add(new("cosignatures", string.Create(CultureInfo.InvariantCulture, $"{cosigned.Count} of the witnesses cosigned the checkpoint; {trust.Quorum} are asked for.")));
            return new(note, checkpoint, signed, cosigned);
        }
        catch (FormatException e)
        {
            findings.Add(new("checkpoint-malformed", $"The checkpoint does not hold. {e.Message}"));
            return null;
        }
    }
}

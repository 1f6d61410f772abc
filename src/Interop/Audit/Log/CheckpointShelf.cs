using Interop.AuditLog;
using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Audit.Log;

/// <summary>The checkpoints that were signed, with what witnesses added since.</summary>
internal sealed class CheckpointShelf(Db db, LogOptions options)
{
    /// <summary>The newest; null before the first.</summary>
    public async Task<(Checkpoint Checkpoint, SignedNote Note)?> LatestAsync(CancellationToken ct) =>
        await db.Checkpoints.AsNoTracking().Where(c => c.Origin == options.Origin).OrderByDescending(c => c.Size).FirstOrDefaultAsync(ct) is { } row
            ? await OpenAsync(row, ct)
            : null;

    /// <summary>That of this size, if one was signed.</summary>
    public async Task<SignedNote?> FindAsync(long size, CancellationToken ct) =>
        await db.Checkpoints.AsNoTracking().SingleOrDefaultAsync(c => c.Origin == options.Origin && c.Size == size, ct) is { } row
            ? (await OpenAsync(row, ct))?.Note
            : null;

    public Task<long> SizeAsync(CancellationToken ct) =>
        db.Checkpoints.Where(c => c.Origin == options.Origin).Select(c => c.Size).OrderByDescending(s => s).FirstOrDefaultAsync(ct);

    async Task<(Checkpoint Checkpoint, SignedNote Note)?> OpenAsync(SignedCheckpoint row, CancellationToken ct)
    {
        try
        {
            var note = SignedNote.Parse(row.Note);
            var lines = await db.Cosignatures.AsNoTracking().Where(c => c.Origin == row.Origin && c.Size == row.Size).OrderBy(c => c.Witness).Select(c => c.Line).ToListAsync(ct);
            return (Checkpoint.Parse(note.Text), note with { Signatures = [.. note.Signatures, .. lines.Select(NoteSignature.Parse)] });
        }
        catch (FormatException)
        {
            return null; // altered behind our back: nothing to show, and the builder says so with the next entry
        }
    }
}

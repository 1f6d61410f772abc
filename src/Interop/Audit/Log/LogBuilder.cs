using Interop.AuditLog;
using Interop.Platform;
using Interop.Platform.Engines;
using Microsoft.EntityFrameworkCore;

namespace Interop.Audit.Log;

/// <summary>
/// Takes numbered entries into the tree and signs it, every half second while there is something new. One transaction, in one
/// place at a time: a checkpoint is durable before anybody sees it, and what a crash interrupts is done again from what is
/// there, with the same result, since numbers, entries and signatures of Ed25519 are the same every time.
/// </summary>
internal sealed class LogBuilder(Db db, Engine engine, Work work, LogTiles tiles, LogKeys keys, LogOptions options, LogStanding standing) : IBatch
{
    /// <summary>How many entries one transaction takes in: an existing database is caught up with in such steps.</summary>
    const int Batch = 16 * Tile.FullWidth;

    const string Remedy = "Give it back what is missing; or, if that is lost, a new name (Audit:Origin).";

    static readonly TimeSpan s_atLeastEvery = TimeSpan.FromSeconds(1);

    /// <summary>Entries that wait for less than this are all that was written meanwhile, or most of it.</summary>
    static readonly TimeSpan s_busy = TimeSpan.FromSeconds(5);

    /// <summary>Returns how many entries it took in.</summary>
    public async Task<int> RunOnceAsync(CancellationToken ct)
    {
        if (await IsDoneAsync(ct))
            return 0;
        long? signed = null;
        var taken = await work.RunAsync<Count>(async () =>
        {
            signed = null;
            await engine.LeaseAsync(db, Lease.AuditLog, ct);
            // Statements of their own after the lease: they see what earlier holders committed.
            var (count, damage) = await TakeInAsync(await tiles.SizeAsync(ct), ct);
            var size = await tiles.SizeAsync(ct);
            var last = await LastAsync(ct);
            if (damage is null && count == Batch && last is not null && (work.Now - last.At).Duration() < s_atLeastEvery)
                return new Count(count); // more is waiting
            var (note, why) = damage is null ? await SignAsync(size, last, more: count == Batch, ct) : (null, damage);
            await standing.StopAsync(db, why, ct);
            if (note is not null)
                signed = size;
            return new Count(count);
        }, ct);
        if (signed is { } at)
            standing.SignedHere = at;
        return taken.Value!.Taken;
    }

    /// <summary>Without a transaction: nothing was numbered since, and what was taken in is signed.</summary>
    async Task<bool> IsDoneAsync(CancellationToken ct)
    {
        var numbered = await db.AuditSequence.MaxAsync(s => (long?)s.Index, ct) + 1 ?? 0;
        return numbered == await tiles.SizeAsync(ct) && ((await LastAsync(ct))?.Size ?? 0) == numbered;
    }

    Task<SignedCheckpoint?> LastAsync(CancellationToken ct) =>
        db.Checkpoints.AsNoTracking().Where(c => c.Origin == options.Origin).OrderByDescending(c => c.Size).FirstOrDefaultAsync(ct);

    /// <summary>Adds the entries from number <paramref name="size"/> on. Stops before what is not as it must be, and says what that is.</summary>
    async Task<(int Count, string? Damage)> TakeInAsync(long size, CancellationToken ct)
    {
        var rows = await db.AuditSequence.AsNoTracking().Where(s => s.Index >= size).OrderBy(s => s.Index).Take(Batch).ToListAsync(ct);
        var ids = rows.Select(r => r.EntryId).ToList();
        // Not joined: a planner that has not counted lately would read the whole log for a handful. Between two, for the months.
        var (least, greatest) = ids.Count == 0 ? default : (ids.Min(), ids.Max());
        var entries = db.AuditEntries.AsNoTracking().Where(e => e.Id >= least && e.Id <= greatest);
        if (EntryIds.Between(least, greatest) > s_busy) // else hardly others lie between, and those are soon read past
            entries = entries.Where(e => ids.Contains(e.Id));
        var told = await entries.Where(e => e.Hash != null).Select(e => new { e.Id, e.Hash }).ToDictionaryAsync(e => e.Id, e => e.Hash!, ct);
        if (ids.Any(id => !told.ContainsKey(id))) // written before its hash was
            foreach (var entry in await entries.Where(e => e.Hash == null && ids.Contains(e.Id)).ToListAsync(ct))
                told.Add(entry.Id, entry.Held);
        var (sound, damage) = (rows.Count, (string?)null);
        for (var i = 0; i < rows.Count && damage is null; i++)
            if (rows[i].Index != size + i)
                (sound, damage) = (i, $"Number {size + i} was given to no entry, and {rows[i].Index} was.");
            else if (!told.ContainsKey(rows[i].EntryId))
                (sound, damage) = (i, $"Entry {size + i} is gone before it was taken into the log.");
        if (rows.Count == 0 && size > 0 && await db.AuditSequence.MaxAsync(s => (long?)s.Index, ct) != size - 1)
            damage = $"The log has {size} entries, and the numbers given do not reach so far.";
        var hashes = rows.Take(sound).SelectMany(r => told[r.EntryId]).ToArray();
        await AppendAsync(size, hashes, ct);
        return (sound, damage);
    }

    async Task AppendAsync(long size, byte[] entries, CancellationToken ct)
    {
        var last = new Tile(0, size / Tile.FullWidth);
        // What the last tile has of entries by now; not all of them where a row was taken away, which then does not become a full one.
        var tail = last.In(size) is { } partial ? await tiles.EntriesAsync(partial, ct) : [];
        for (var at = 0; at < entries.Length;)
        {
            var room = (int)(Tile.FullWidth - size % Tile.FullWidth) * LogEntry.Size;
            var chunk = entries.AsSpan(at, Math.Min(room, entries.Length - at)).ToArray();
            db.LoggedEntries.Add(new() { Index = size, Entries = chunk });
            (at, size) = (at + chunk.Length, size + chunk.Length / LogEntry.Size);
            if (size % Tile.FullWidth == 0)
            {
                if (tail is not null)
                    await RaiseAsync(1, size / Tile.FullWidth - 1, MerkleTree.Root(LogTiles.LeafHashes([.. tail, .. chunk])), ct);
                tail = [];
            }
        }
        await db.SaveChangesAsync(ct);
    }

    /// <summary>Keeps the root over a full tile, and where that fills the tile above, the root over that.</summary>
    async Task RaiseAsync(int level, long index, byte[] hash, CancellationToken ct)
    {
        db.LoggedHashes.Add(new() { Level = level, Index = index, Hash = hash });
        if ((index + 1) % Tile.FullWidth != 0)
            return;
        await db.SaveChangesAsync(ct);
        var number = index / Tile.FullWidth;
        if (await tiles.HashesAsync(new(level, number), ct) is { } hashes)
            await RaiseAsync(level + 1, number, MerkleTree.Root(hashes), ct);
    }

    /// <summary>
    /// Signs the tree of that size, unless it is not an append-only extension of what was signed before, by the database's word
    /// or by that of the file beside the keys. Then it says why not.
    /// </summary>
    /// <param name="more">More entries are waiting: a log that is shorter than it was is not yet whole.</param>
    async Task<(SignedNote? Note, string? Why)> SignAsync(long size, SignedCheckpoint? last, bool more, CancellationToken ct)
    {
        try
        {
            var tree = tiles.Tree(size);
            var before = last is null ? null : Checkpoint.Parse(SignedNote.Parse(last.Note).Text);
            foreach (var held in new[] { before, keys.LastSigned() }.OfType<Checkpoint>().Where(h => h.Origin == options.Origin))
                if (held.Size > size)
                    return (null, more ? null : $"The log was signed with {held.Size} entries, and the database has {size}: it was put back to an earlier state. {Remedy}");
                else if (!(await tree.RootAsync(ct, held.Size)).AsSpan().SequenceEqual(held.Root))
                    return (null, $"The log was signed with {held.Size} entries, and the database's first {held.Size} are not those. {Remedy}");
            if (size == 0 || before?.Size == size)
                return (null, null);
            var checkpoint = new Checkpoint(options.Origin, size, await tree.RootAsync(ct));
            var signers = keys.Signers();
            var note = new SignedNote(checkpoint.Text, [.. signers.Select(s => s.Sign(checkpoint.Text, work.Now))]);
            if (note.Verified(signers.Select(s => s.Key)).Count != signers.Count)
                throw new InvalidOperationException("A signature just made does not verify.");
            await KeepAsync(checkpoint, note, signers, ct);
            return (note, null);
        }
        catch (TileMissingException e)
        {
            return (null, $"The log's own hashes are not whole: {e.Message}");
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            return (null, $"A key, or the checkpoint that was signed last, cannot be read. {e.Message}");
        }
    }

    async Task KeepAsync(Checkpoint checkpoint, SignedNote note, IReadOnlyList<NoteSigner> signers, CancellationToken ct)
    {
        try
        {
            keys.Remember(note); // before the commit: what was shown is never ahead of it
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            standing.Forgets(nameof(LogKeys), e);
        }
        db.Checkpoints.Add(new() { Origin = checkpoint.Origin, Size = checkpoint.Size, Note = note.ToString(), At = work.Now });
        var known = await db.LogKeys.Where(k => k.Origin == checkpoint.Origin).Select(k => k.VerifierKey).ToListAsync(ct);
        foreach (var key in signers.Select(s => s.Key.ToString()).Except(known))
            db.LogKeys.Add(new() { VerifierKey = key, Origin = checkpoint.Origin, SinceSize = checkpoint.Size, Since = work.Now });
        work.Raise(Signal.CheckpointSigned);
    }

    sealed record Count(int Taken);
}

namespace Interop.AuditLog;

/// <summary>Writes a file of a mirror, whole or not at all.</summary>
public delegate Task WriteResource(string path, byte[] bytes, CancellationToken ct);

/// <summary>
/// A copy of a log that takes in what is new, and only what follows from what it has. The checkpoint is written last: what a
/// broken run left behind is beyond it, and is fetched again.
/// </summary>
/// <param name="remove">Removes a file that a wider one has replaced.</param>
public sealed class LogMirror(ReadResource remote, ReadResource local, WriteResource write, Func<string, CancellationToken, Task> remove, LogTrust trust)
{
    private readonly List<Finding> _findings = [];
    private readonly List<Tile> _replaced = [];

    public async Task<LogReport> UpdateAsync(CancellationToken ct)
    {
        if (OpenedCheckpoint.Open(await remote("checkpoint", ct), trust, _findings) is not { } opened || _findings.Count > 0) return new() { Findings = _findings };
        var before = await BeforeAsync(ct);
        var fetched = 0L;
        if (_findings.Count == 0 && Follows(opened.Checkpoint, before)) fetched = await FetchAsync(opened, before?.Size ?? 0, ct);
        return new() { Checkpoint = opened.Checkpoint, SignedBy = opened.SignedBy, CosignedBy = opened.CosignedBy, Entries = fetched, Findings = _findings };
    }

    /// <summary>The checkpoint of the copy; null when there is no copy yet.</summary>
    private async Task<Checkpoint?> BeforeAsync(CancellationToken ct)
    {
        if (await local("checkpoint", ct) is not { } note) return null;
        var own = new List<Finding>();
        var opened = OpenedCheckpoint.Open(note, trust with { Quorum = 0 }, own);
        _findings.AddRange(own.Select(f => f with { Code = $"mirror-{f.Code}", Message = $"The mirror's own copy: {f.Message}" }));
        return opened?.Checkpoint;
    }

    private bool Follows(Checkpoint now, Checkpoint? before)
    {
        if (before is null) return true;
        if (before.Origin != now.Origin)
            _findings.Add(new("origin", $"The mirror is of another log: {before.Origin}, not {now.Origin}."));
        else if (before.Size > now.Size)
            _findings.Add(new("rolled-back", $"The log has been rolled back: it had {before.Size} entries before, and shows {now.Size}.", now.Size));
        return _findings.Count == 0;
    }

    private async Task<long> FetchAsync(OpenedCheckpoint opened, long from, CancellationToken ct)
    {
        var size = opened.Checkpoint.Size;
        var whole = from - from % Tile.FullWidth; // the last partial tile of the copy is fetched again, and must begin as it did
        Rebuilding tree;
        try
        {
            tree = await Rebuilding.FromAsync(whole, (tile, stop) => local(tile.Path, stop), (tile, hashes) => WriteAsync(tile, hashes, from, ct), ct);
        }
        catch (TileMissingException e)
        {
            _findings.Add(new("mirror-missing", $"The mirror's own copy is not complete: {e.Message}"));
            return 0;
        }
        var ahead = new ReadAhead(remote, Tile.All(Tile.Entries, size, whole / Tile.FullWidth).Select(t => t.Path));
        foreach (var tile in Tile.All(0, size, whole / Tile.FullWidth))
        {
            ct.ThrowIfCancellationRequested();
            var bundle = tile with { Level = Tile.Entries };
            var bytes = await LogPieces.BundleAsync(ahead.ReadAsync, bundle, ct);
            var leaves = bytes is null ? null : EntryBundle.LeafHashes(bytes, tile.Width);
            if (leaves is null)
            {
                _findings.Add(new("missing", $"The entries from {tile.First} are missing: {bundle} is not there, or is not of {tile.Width} entries.", tile.First));
                return tile.First - whole;
            }
            if (tile.In(from) is { } had && await local(had.Path, ct) is { } known && LogPieces.FirstDifference(known, leaves) is { } i)
            {
                _findings.Add(new("changed", $"Entry {tile.First + i} has changed. The mirror has another.", tile.First + i));
                return 0;
            }
            await WriteAsync(bundle, bytes!, from, ct);
            await WriteAsync(tile, leaves, from, ct);
            await tree.AddAsync(tile, leaves);
        }
        await tree.EndAsync();
        if (!tree.Range.Root().AsSpan().SequenceEqual(opened.Checkpoint.Root))
        {
            _findings.Add(new("root", from == 0
                ? "The entries do not give the root that was signed."
                : $"What the log shows does not begin with the {from} entries of the mirror: the entries do not give the root that was signed."));
            return 0;
        }
        await write("checkpoint", System.Text.Encoding.UTF8.GetBytes(opened.Note.ToString()), ct);
        foreach (var tile in _replaced) await remove(tile.Path, ct);
        return size - from;
    }

    private async Task WriteAsync(Tile tile, byte[] bytes, long from, CancellationToken ct)
    {
        await write(tile.Path, bytes, ct);
        if (tile.In(from) is { IsPartial: true } narrower && narrower != tile) _replaced.Add(narrower);
    }
}

namespace Interop.AuditLog;

/// <summary>
/// Reads a whole log and believes none of it: rebuilds the tree from the entries and holds it against every tile, the signed
/// root, and what was seen before. Keeps a few tiles, and 32 bytes for each 256 entries.
/// </summary>
/// <param name="read">Where the log is: an address, a folder.</param>
/// <param name="earlier">What was kept the last time.</param>
public sealed class LogVerifier(ReadResource read, LogTrust trust, LogMemory? earlier = null)
{
    private readonly List<Finding> _findings = [];
    private readonly List<byte> _groups = [];
    private byte[] _tail = [];

    /// <summary>Checks everything that there is.</summary>
    /// <param name="held">Further checkpoints of this log that the verifier was handed, and that it must begin with.</param>
    public async Task<LogReport> RunAsync(CancellationToken ct, params IReadOnlyList<Checkpoint> held)
    {
        if (OpenedCheckpoint.Open(await read("checkpoint", ct), trust, _findings) is not { } opened) return new() { Findings = _findings };
        var checkpoint = opened.Checkpoint;
        IReadOnlyList<Checkpoint> before = earlier is null ? held : [earlier.Checkpoint, .. held];
        foreach (var older in before)
            if (older.Origin != checkpoint.Origin)
                _findings.Add(new("origin", $"This is another log: {checkpoint.Origin}, not {older.Origin}."));
            else if (older.Size > checkpoint.Size)
                _findings.Add(new("rolled-back", $"The log has been rolled back: it had {older.Size} entries before, and shows {checkpoint.Size}.", checkpoint.Size));
        var entries = await EntriesAsync(checkpoint, before, ct);
        var trusted = trust.Keys.Where(k => k.Name == checkpoint.Origin).ToList();
        return new()
        {
            Checkpoint = checkpoint,
            SignedBy = opened.SignedBy,
            CosignedBy = opened.CosignedBy,
            Entries = entries,
            Findings = _findings,
            Memory = _findings.Count == 0 ? new(opened.Note, trusted, [.. _groups], _tail) : null,
        };
    }

    private async Task<long> EntriesAsync(Checkpoint checkpoint, IReadOnlyList<Checkpoint> before, CancellationToken ct)
    {
        var wrong = _findings.Count;
        var ahead = new ReadAhead(read, Tile.All(0, checkpoint.Size).SelectMany(t => new[] { (t with { Level = Tile.Entries }).Path, t.Path }));
        var tree = new Rebuilding((tile, hashes) => CompareAboveAsync(tile, hashes, ct));
        foreach (var tile in Tile.All(0, checkpoint.Size))
        {
            ct.ThrowIfCancellationRequested();
            if (await LeavesAsync(ahead.ReadAsync, tile, ct) is not { } leaves) return tile.First;
            foreach (var older in before.Where(o => o.Size > tile.First && o.Size <= tile.First + tile.Width))
                if (!RootAt(tree, leaves, older.Size).AsSpan().SequenceEqual(older.Root) && earlier?.Compare(tile, leaves) is null)
                    _findings.Add(new("inconsistent", $"The log does not begin with the {older.Size} entries that it had before: one of them was changed, taken out or put in.", null));
            if (earlier?.Compare(tile, leaves) is { } changed) _findings.Add(changed);
            if (_findings.Count > wrong) return tile.First + tile.Width;
            await tree.AddAsync(tile, leaves);
            if (tile.IsPartial) _tail = leaves;
            else _groups.AddRange(MerkleTree.Root(leaves));
            if (_findings.Count > wrong) return tile.First + tile.Width;
        }
        await tree.EndAsync();
        if (_findings.Count == wrong && !tree.Range.Root().AsSpan().SequenceEqual(checkpoint.Root))
            _findings.Add(new("root", "The entries do not give the root that was signed: one of them was changed, taken out or put in. Which one cannot be told without something kept from before."));
        return checkpoint.Size;
    }

    private async Task<byte[]?> LeavesAsync(ReadResource files, Tile tile, CancellationToken ct)
    {
        var bundle = tile with { Level = Tile.Entries };
        var (leaves, finding) = await LogPieces.LeavesAsync(files, tile, ct);
        if (leaves is null)
        {
            _findings.Add(finding!);
            return null;
        }
        if (await LogPieces.HashesAsync(files, tile, ct) is not { } hashes)
        {
            _findings.Add(new("missing", $"{tile} is not there, or is not of {tile.Width} hashes.", tile.First));
            return null;
        }
        if (LogPieces.FirstDifference(leaves, hashes) is { } i)
        {
            _findings.Add(new("entry", $"Entry {tile.First + i} in {bundle} is not the one whose hash is in {tile}.", tile.First + i));
            return null;
        }
        return leaves;
    }

    private async Task CompareAboveAsync(Tile tile, byte[] hashes, CancellationToken ct)
    {
        var under = 1L << (8 * tile.Level); // entries beneath one hash
        if (await LogPieces.HashesAsync(read, tile, ct) is not { } stored)
            _findings.Add(new("missing", $"{tile} is not there, or is not of {tile.Width} hashes.", tile.First * under));
        else if (LogPieces.FirstDifference(hashes, stored) is { } i)
            _findings.Add(new("tile", $"{tile} does not hold the hash of the entries {(tile.First + i) * under} to {(tile.First + i + 1) * under - 1}.", (tile.First + i) * under));
    }

    private static byte[] RootAt(Rebuilding tree, byte[] leaves, long size)
    {
        var range = tree.Range.Clone();
        for (var i = 0; range.Size < size; i++) range.Append(MerkleTree.At(leaves, i));
        return range.Root();
    }
}

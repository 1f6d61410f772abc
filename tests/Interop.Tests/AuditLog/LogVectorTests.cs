using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Interop.Audit.Log;
using Interop.AuditLog;
using Interop.Tests.Contracts;
using Xunit;

namespace Interop.Tests.AuditLog;

/// <summary>contracts/audit/log-vectors.json: what somebody who writes a verifier of their own checks it with.</summary>
public sealed class LogVectorTests
{
    // RFC 8032, 7.1, tests 1 and 2: secret keys that everybody knows.
    const string LogSeed = "nWGxne/9WmC6hEr0kuwsxERJxXN7MmkZcDusAxyuf2A=";
    const string WitnessSeed = "TM0Imyj/ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U+4pvs=";
    const long Time = 1764000000;

    static readonly JsonSerializerOptions s_web = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    sealed record Vectors(
        string Seed, string Key, IReadOnlyList<string> Entries, IReadOnlyList<string> Leaves, IReadOnlyList<string> Roots, IReadOnlyList<Inclusion> Inclusion,
        IReadOnlyList<Consistency> Consistency, IReadOnlyList<Path> Paths, string Bundle, string Checkpoint, string WitnessSeed, string WitnessKey, long CosignedAt,
        string Cosigned, string AddCheckpoint);

    sealed record Inclusion(int Index, int Size, IReadOnlyList<string> Hashes);

    sealed record Consistency(int From, int To, IReadOnlyList<string> Hashes);

    sealed record Path(int Level, long Number, int Width, string Name);

    [Fact]
    public async Task The_published_vectors_hold()
    {
        var current = await ComputeAsync();
        var committed = ContractFiles.Guarded("audit/log-vectors.json", JsonSerializer.Serialize(current, s_web));
        Assert.Equal(JsonSerializer.Serialize(current, s_web), committed.TrimEnd());
    }

    [Fact]
    public async Task The_vectors_are_those_of_the_RFCs_words_and_their_signatures_verify()
    {
        var vectors = await ComputeAsync();
        List<byte[]> entries = [.. vectors.Entries.Select(Convert.FromBase64String)];
        for (var size = 0; size <= entries.Count; size++) Assert.Equal(vectors.Roots[size], Base64(PaperLog.Mth(entries[..size])));
        Assert.All(vectors.Inclusion, v => Assert.Equal(v.Hashes, PaperLog.Path(v.Index, entries[..v.Size]).Select(Base64)));
        Assert.All(vectors.Consistency, v => Assert.Equal(v.Hashes, PaperLog.SubProof(v.From, entries[..v.To], true).Select(Base64)));
        VerifierKey[] keys = [VerifierKey.Parse(vectors.Key), VerifierKey.Parse(vectors.WitnessKey)];
        Assert.Equal(keys, SignedNote.Parse(vectors.Cosigned).Verified(keys));
        Assert.Equal(200, WitnessRule.Decide(Interop.AuditLog.AddCheckpoint.Parse(Encoding.UTF8.GetBytes(vectors.AddCheckpoint)), keys, origin => new(origin, 3, Convert.FromBase64String(vectors.Roots[3]))).Status);
    }

    [Fact]
    public async Task The_readme_shows_the_checkpoint()
    {
        var vectors = await ComputeAsync();
        Assert.Contains(vectors.Cosigned, ContractFiles.Read("audit/README.md"));
        Assert.Contains(vectors.Key, ContractFiles.Read("audit/README.md"));
    }

    static async Task<Vectors> ComputeAsync()
    {
        List<byte[]> entries = [.. Enumerable.Range(0, 7).Select(i => LogEntry.Entry([.. Enumerable.Range(i, 32).Select(v => (byte)v)], $$"""{"n":"{{i}}"}"""))];
        List<byte[]> leaves = [.. entries.Select(e => LogEntry.LeafHash(e))];
        TiledTree Tree(int size) => new((tile, _) => Task.FromResult<byte[]?>([.. leaves.Take(tile.Width).SelectMany(l => l)]), size);
        var (log, witness) = (new NoteSigner("example.org/audit/log", NoteAlgorithm.Ed25519, Pem(LogSeed)), new NoteSigner("witness.example/w1", NoteAlgorithm.Cosignature, Pem(WitnessSeed)));
        var (at, text) = (DateTimeOffset.FromUnixTimeSeconds(Time), new Checkpoint(log.Key.Name, 7, await Tree(7).RootAsync(CancellationToken.None)).Text);
        var (inclusion, consistency, roots) = (new List<Inclusion>(), new List<Consistency>(), new List<string>());
        for (var size = 0; size <= entries.Count; size++) roots.Add(Base64(await Tree(size).RootAsync(CancellationToken.None)));
        foreach (var (index, size) in new[] { (0, 1), (0, 7), (2, 7), (6, 7), (3, 5) }) inclusion.Add(new(index, size, [.. (await Tree(size).InclusionAsync(index, CancellationToken.None)).Select(Base64)]));
        foreach (var (from, to) in new[] { (1, 7), (3, 7), (4, 7), (6, 7), (7, 7), (2, 5) }) consistency.Add(new(from, to, [.. (await Tree(to).ConsistencyAsync(from, CancellationToken.None)).Select(Base64)]));
        var note = new SignedNote(text, [log.Sign(text, at)]);
        return new(
            LogSeed, log.Key.ToString(), [.. entries.Select(Base64)], [.. leaves.Select(Base64)], roots, inclusion, consistency,
            [.. new Tile[] { new(0, 0, 7), new(Tile.Entries, 0, 7), new(0, 1234067), new(1, 1000, 255), new(Tile.Entries, 999) }.Select(t => new Path(t.Level, t.Number, t.Width, t.Path))],
            Base64(EntryBundle.Pack([.. entries.SelectMany(e => e)])), note.ToString(), WitnessSeed, witness.Key.ToString(), Time,
            (note with { Signatures = [.. note.Signatures, witness.Sign(text, at)] }).ToString(), new AddCheckpoint(3, await Tree(7).ConsistencyAsync(3, CancellationToken.None), note).ToString());
    }

    static string Base64(byte[] bytes) => Convert.ToBase64String(bytes);

    static string Pem(string seed) =>
        $"-----BEGIN PRIVATE KEY-----\n{Convert.ToBase64String([.. Convert.FromHexString("302e020100300506032b657004220420"), .. Convert.FromBase64String(seed)])}\n-----END PRIVATE KEY-----\n";
}

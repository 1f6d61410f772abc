using System.Text;
using Interop.Audit.Log;
using Interop.AuditLog;
using Xunit;

namespace Interop.Tests.AuditLog;

/// <summary>What a verifier says of logs that were tampered with, and of sound ones. Everything is files.</summary>
public sealed class LogVerifierTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(1000)]
    [InlineData(65_536)]
    [InlineData(66_000)]
    public async Task A_sound_log_holds_whatever_its_size(int size)
    {
        var log = PaperLog.Of(size);
        var report = await log.VerifyAsync();
        Assert.Empty(report.Findings);
        Assert.Equal((size, log.Checkpoint), (report.Entries, report.Checkpoint));
        Assert.Equal([PaperLog.Signer.Key], report.SignedBy);
        Assert.Equal(log.Checkpoint, LogMemory.Parse(report.Memory!.ToString()).Checkpoint);
    }

    [Theory]
    [InlineData(10, 10)]
    [InlineData(10, 300)]
    [InlineData(256, 257)]
    [InlineData(300, 512)]
    [InlineData(700, 1500)]
    public async Task A_log_that_grew_still_begins_as_it_was_seen(int before, int after) =>
        Assert.Empty((await PaperLog.Of(after).VerifyAsync(await MemoryAsync(PaperLog.Of(before)))).Findings);

    // What the operator, who owns database, key and server, can do to the log; held against what a verifier kept.
    [Theory]
    [InlineData("edit", 300, 17, "changed 0")] // groups of 256 are kept by one hash each
    [InlineData("edit", 300, 290, "changed 290")]
    [InlineData("edit", 200, 17, "changed 17")]
    [InlineData("edit", 200, 0, "changed 0")]
    [InlineData("edit", 200, 199, "changed 199")]
    [InlineData("drop", 200, 50, "changed 50")]
    [InlineData("insert", 200, 60, "changed 60")]
    [InlineData("reorder", 200, 70, "changed 70")]
    [InlineData("truncate", 200, 80, "rolled-back 80")]
    [InlineData("roll back and go on", 200, 90, "changed 90")]
    public async Task What_was_done_to_a_log_that_was_seen_is_named(string what, int size, int at, string expected)
    {
        var memory = await MemoryAsync(PaperLog.Of(size));
        var forged = PaperLog.Of(size + 20).Forged(entries =>
        {
            switch (what)
            {
                case "edit":
                    entries[at] = [.. entries[at].Reverse()];
                    break;
                case "drop":
                    entries.RemoveAt(at);
                    break;
                case "insert":
                    entries.Insert(at, new byte[32]);
                    break;
                case "reorder":
                    (entries[at], entries[at + 1]) = (entries[at + 1], entries[at]);
                    break;
                case "truncate":
                    entries.RemoveRange(at, entries.Count - at);
                    break;
                default:
                    entries.RemoveRange(at, entries.Count - at);
                    entries.AddRange(Enumerable.Repeat(new byte[32], size));
                    break;
            }
        });
        Assert.Empty((await forged.VerifyAsync()).Findings); // nobody who sees it for the first time could tell
        var report = await forged.VerifyAsync(memory);
        Assert.Equal([expected], Named(report));
        Assert.Null(report.Memory);
    }

    [Fact]
    public async Task A_checkpoint_alone_is_enough_to_notice_though_not_to_name()
    {
        var seen = PaperLog.Of(300).Checkpoint;
        Assert.Empty((await PaperLog.Of(400).VerifyAsync(held: seen)).Findings);
        Assert.Equal(["inconsistent "], Named(await PaperLog.Of(400).Forged(e => e[3] = new byte[32]).VerifyAsync(held: seen)));
        Assert.Equal(["rolled-back 200"], Named(await PaperLog.Of(200).VerifyAsync(held: seen)));
        Assert.Equal(["origin "], Named(await PaperLog.Of(400).VerifyAsync(held: seen with { Origin = "example.org/other" })));
    }

    [Theory]
    [InlineData("tile/entries/000", "entry 7")]
    [InlineData("tile/0/000", "entry 7")]
    [InlineData("tile/1/000.p/2", "tile 0")]
    public async Task A_file_that_does_not_fit_the_others_is_named(string path, string expected)
    {
        var log = PaperLog.Of(600);
        var at = path.Contains("entries", StringComparison.Ordinal) ? 7 * 34 + 5 : path.Contains("/0/", StringComparison.Ordinal) ? 7 * 32 + 5 : 5;
        log.Files[path][at] ^= 1;
        Assert.Equal([expected], Named(await log.VerifyAsync()));
    }

    [Theory]
    [InlineData("tile/entries/001", "missing 256")]
    [InlineData("tile/0/000", "missing 0")]
    [InlineData("tile/0/002.p/88", "missing 512")]
    [InlineData("tile/1/000.p/2", "missing 0")]
    public async Task A_file_that_is_missing_is_named(string path, string expected)
    {
        var log = PaperLog.Of(600);
        Assert.True(log.Files.Remove(path));
        Assert.Equal([expected], Named(await log.VerifyAsync()));
    }

    [Fact]
    public async Task A_partial_tile_may_have_given_way_to_the_full_one()
    {
        var (log, later) = (PaperLog.Of(300), PaperLog.Of(600));
        foreach (var path in log.Files.Keys.Where(p => p.Contains(".p/", StringComparison.Ordinal)).ToList()) log.Files.Remove(path);
        foreach (var (path, bytes) in later.Files.Where(f => f.Key != "checkpoint")) log.Files.TryAdd(path, bytes);
        log.Files["tile/1/000.p/1"] = later.Files["tile/1/000.p/2"][..32];
        Assert.Empty((await log.VerifyAsync()).Findings);
    }

    [Theory]
    [InlineData(0, "malformed 0")]
    [InlineData(1, "malformed 0")]
    [InlineData(33, "malformed 0")]
    public async Task A_bundle_that_is_cut_is_named(int length, string expected)
    {
        var log = PaperLog.Of(3);
        log.Files["tile/entries/000.p/3"] = log.Files["tile/entries/000.p/3"][..length];
        Assert.Equal([expected], Named(await log.VerifyAsync()));
    }

    [Fact]
    public async Task Entries_and_tiles_changed_alike_do_not_give_the_signed_root()
    {
        var (log, forged) = (PaperLog.Of(300), PaperLog.Of(300).Forged(e => e[5] = new byte[32]));
        forged.Files["checkpoint"] = log.Files["checkpoint"];
        Assert.Equal(["root "], Named(await forged.VerifyAsync()));
    }

    [Fact]
    public async Task A_checkpoint_must_be_there_sound_and_signed_by_a_key_that_is_trusted()
    {
        var log = PaperLog.Of(3);
        var stranger = new NoteSigner(PaperLog.Origin, NoteAlgorithm.Ed25519, Encoding.ASCII.GetString(NoteSigner.NewPem()));
        Assert.Equal(["signature "], Named(await log.VerifyAsync(trust: new(stranger.Key))));
        log.Files["checkpoint"] = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(log.Files["checkpoint"]).Replace("\n3\n", "\n2\n", StringComparison.Ordinal));
        Assert.Equal(["checkpoint-malformed "], Named(await log.VerifyAsync()));
        log.Files["checkpoint"] = "no note"u8.ToArray();
        Assert.Equal(["checkpoint-malformed "], Named(await log.VerifyAsync()));
        log.Files.Remove("checkpoint");
        Assert.Equal(["checkpoint-missing "], Named(await log.VerifyAsync()));
    }

    [Fact]
    public async Task So_many_witnesses_as_are_asked_for_must_have_cosigned()
    {
        var witnesses = Enumerable.Range(0, 3).Select(i => new NoteSigner($"witness.example/{i}", NoteAlgorithm.Cosignature, Encoding.ASCII.GetString(NoteSigner.NewPem()))).ToList();
        var log = PaperLog.Of(3);
        var note = SignedNote.Parse(log.Files["checkpoint"]);
        log.Files["checkpoint"] = Encoding.UTF8.GetBytes((note with { Signatures = [.. note.Signatures, .. witnesses.Take(2).Select(w => w.Sign(note.Text, DateTimeOffset.UnixEpoch.AddSeconds(5)))] }).ToString());
        LogTrust Trust(int quorum) => new([PaperLog.Signer.Key], [.. witnesses.Select(w => w.Key)], quorum);
        var report = await log.VerifyAsync(trust: Trust(2));
        Assert.Empty(report.Findings);
        Assert.Equal([(witnesses[0].Key, 5L), (witnesses[1].Key, 5L)], report.CosignedBy.Select(c => (c.Witness, c.At)));
        Assert.Equal(["cosignatures "], Named(await log.VerifyAsync(trust: Trust(3))));
    }

    [Fact]
    public async Task What_was_kept_must_not_be_altered_either()
    {
        var text = (await MemoryAsync(PaperLog.Of(300))).ToString();
        Assert.Equal(300, LogMemory.Parse(text).Checkpoint.Size);
        foreach (var other in new[] { "", "{}", "[]", text.Replace("\\n300\\n", "\\n299\\n", StringComparison.Ordinal), text.Replace("\"tail\": \"", "\"tail\": \"AAAA", StringComparison.Ordinal) })
            Assert.Throws<FormatException>(() => LogMemory.Parse(other));
    }

    /// <summary>Auditors compile it alone: it needs nothing but the base class library, and reads nothing by itself.</summary>
    [Fact]
    public void The_library_refers_to_the_base_class_library_alone_and_to_no_files_or_network()
    {
        var references = typeof(LogVerifier).Assembly.GetReferencedAssemblies().Select(a => a.Name!).ToList();
        Assert.All(references, name => Assert.StartsWith("System.", name, StringComparison.Ordinal));
        Assert.DoesNotContain(references, name => name.StartsWith("System.Net", StringComparison.Ordinal) || name.StartsWith("System.IO.FileSystem", StringComparison.Ordinal));
        Assert.All(Source.Files.Where(f => f.Path.StartsWith("Interop.AuditLog/", StringComparison.Ordinal)), f => Assert.DoesNotMatch(@"\b(File|Directory|FileStream|HttpClient|Process|Environment)\.", f.Text));
    }

    static async Task<LogMemory> MemoryAsync(PaperLog log) => LogMemory.Parse((await log.VerifyAsync()).Memory!.ToString());

    internal static IEnumerable<string> Named(LogReport report) => report.Findings.Select(f => $"{f.Code} {f.Entry}");
}

public sealed class LogMirrorTests
{
    [Fact]
    public async Task It_takes_in_what_is_new_and_is_a_log_itself_every_time()
    {
        var mirror = PaperLog.Of(0);
        mirror.Files.Clear();
        foreach (var (size, taken) in new[] { (1, 1), (100, 99), (256, 156), (256, 0), (300, 44), (1000, 700), (66_000, 65_000), (66_001, 1) })
        {
            var report = await UpdateAsync(mirror, PaperLog.Of(size));
            Assert.Empty(report.Findings);
            Assert.Equal(taken, report.Entries);
            var own = await mirror.VerifyAsync();
            Assert.Empty(own.Findings);
            Assert.Equal(size, own.Checkpoint!.Size);
            // No partial tile is left that a wider one replaced.
            Assert.Equal(PaperLog.Of(size).Files.Keys.Order(StringComparer.Ordinal), mirror.Files.Keys.Order(StringComparer.Ordinal));
        }
    }

    [Theory]
    [InlineData(280, "changed 280")] // in the tile that is fetched again
    [InlineData(5, "root ")] // before it: the copy has the entry as it was, the log's root says otherwise
    public async Task It_takes_in_nothing_that_does_not_follow_from_what_it_has(int at, string expected)
    {
        var mirror = PaperLog.Of(0);
        mirror.Files.Clear();
        await UpdateAsync(mirror, PaperLog.Of(300));
        Assert.Equal([expected], LogVerifierTests.Named(await UpdateAsync(mirror, PaperLog.Of(600).Forged(e => e[at] = new byte[32]))));
        Assert.Equal(["rolled-back 200"], LogVerifierTests.Named(await UpdateAsync(mirror, PaperLog.Of(200))));
        var own = await mirror.VerifyAsync();
        Assert.Empty(own.Findings);
        Assert.Equal(300, own.Checkpoint!.Size);
        Assert.Empty((await UpdateAsync(mirror, PaperLog.Of(600))).Findings); // and it goes on with the true one
    }

    [Fact]
    public async Task A_copy_that_was_altered_or_lost_a_file_goes_no_further()
    {
        var mirror = PaperLog.Of(600);
        mirror.Files["tile/1/000.p/2"][3] ^= 1;
        Assert.Equal(["root "], LogVerifierTests.Named(await UpdateAsync(mirror, PaperLog.Of(700))));
        mirror.Files.Remove("tile/1/000.p/2");
        Assert.Equal(["mirror-missing "], LogVerifierTests.Named(await UpdateAsync(mirror, PaperLog.Of(700))));
        mirror.Files["checkpoint"] = "none"u8.ToArray();
        Assert.Equal(["mirror-checkpoint-malformed "], LogVerifierTests.Named(await UpdateAsync(mirror, PaperLog.Of(700))));
    }

    static Task<LogReport> UpdateAsync(PaperLog mirror, PaperLog remote) =>
        new LogMirror(remote.ReadAsync, mirror.ReadAsync, mirror.WriteAsync, mirror.RemoveAsync, PaperLog.Trust).UpdateAsync(CancellationToken.None);
}

public sealed class WitnessRuleTests
{
    readonly Dictionary<string, Checkpoint> _seen = [];

    [Fact]
    public void It_cosigns_what_extends_what_it_saw()
    {
        Assert.Equal(200, Ask(0, 0, 5).Status);
        Assert.Equal(200, Ask(5, 5, 5).Status);
        Assert.Equal(200, Ask(5, 5, 300).Status);
        Assert.Equal(PaperLog.Of(300).Checkpoint, _seen[PaperLog.Origin]);
    }

    [Fact]
    public void It_says_from_where_it_must_be_shown()
    {
        Ask(0, 0, 50);
        Assert.Equal((409, "50\n", "text/x.tlog.size"), Shown(Ask(0, 0, 80)));
        Assert.Equal((409, "50\n", "text/x.tlog.size"), Shown(Ask(70, 70, 80)));
    }

    [Fact]
    public void It_never_goes_back_and_never_takes_another_tree_of_the_same_size()
    {
        Ask(0, 0, 50);
        Assert.Equal(400, Ask(50, 40, 40).Status);
        Assert.Equal(409, Ask(40, 40, 45).Status);
        Assert.Equal(409, Decide(new(50, [], Note(PaperLog.Of(50).Forged(e => e[1] = new byte[32])))).Status);
        Assert.Equal(50, _seen[PaperLog.Origin].Size);
    }

    [Fact]
    public void A_proof_that_proves_nothing_is_refused()
    {
        Ask(0, 0, 50);
        Assert.Equal(422, Decide(new(50, [], Note(PaperLog.Of(60)))).Status);
        Assert.Equal(422, Decide(new(50, Proof(50, 60), Note(PaperLog.Of(60).Forged(e => e[1] = new byte[32])))).Status);
    }

    [Fact]
    public void Logs_and_keys_that_it_does_not_know_are_refused()
    {
        var other = new NoteSigner("other.example", NoteAlgorithm.Ed25519, Encoding.ASCII.GetString(NoteSigner.NewPem()));
        var text = (PaperLog.Of(3).Checkpoint with { Origin = "other.example" }).Text;
        Assert.Equal(404, Decide(new(0, [], new(text, [other.Sign(text, default)]))).Status);
        var note = Note(PaperLog.Of(3));
        Assert.Equal(403, Decide(new(0, [], note with { Signatures = [other.Sign(note.Text, default)] })).Status);
        Assert.Equal(403, Decide(new(0, [], note with { Signatures = [note.Signatures[0] with { Signature = new byte[64] }] })).Status);
        Assert.Equal(400, Decide(new(0, [], new("no checkpoint\n", note.Signatures))).Status);
        Assert.Empty(_seen);
    }

    [Fact]
    public void A_request_is_read_as_it_was_written()
    {
        var request = new AddCheckpoint(50, Proof(50, 60), Note(PaperLog.Of(60)));
        Assert.Equal(request.ToString(), AddCheckpoint.Parse(Encoding.UTF8.GetBytes(request.ToString())).ToString());
        Assert.StartsWith("old 50\n", request.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("old 1")]
    [InlineData("old 1\n\n")]
    [InlineData("old 01\n\ntext\n\n— name AAAAAAA=\n")]
    [InlineData("old -1\n\ntext\n\n— name AAAAAAA=\n")]
    [InlineData("new 1\n\ntext\n\n— name AAAAAAA=\n")]
    [InlineData("old 1\nAAAA\n\ntext\n\n— name AAAAAAA=\n")]
    public void What_is_no_request_is_refused(string request) => Assert.Throws<FormatException>(() => AddCheckpoint.Parse(Encoding.UTF8.GetBytes(request)));

    [Fact]
    public void A_proof_of_64_hashes_is_refused() =>
        Assert.Throws<FormatException>(() => AddCheckpoint.Parse(Encoding.UTF8.GetBytes(new AddCheckpoint(1, [.. Enumerable.Repeat(new byte[32], 64)], Note(PaperLog.Of(3))).ToString())));

    static List<byte[]> Proof(int from, int to) => from == 0 ? [] : PaperLog.SubProof(from, PaperLog.Of(to).Entries, true);

    WitnessAnswer Ask(int old, int from, int to) => Decide(new(old, Proof(from, to), Note(PaperLog.Of(to))));

    WitnessAnswer Decide(AddCheckpoint request)
    {
        var answer = WitnessRule.Decide(request, [PaperLog.Signer.Key], _seen.GetValueOrDefault);
        if (answer.Accepted is { } accepted) _seen[accepted.Origin] = accepted;
        return answer;
    }

    static (int, string, string) Shown(WitnessAnswer answer) => (answer.Status, answer.Body, answer.ContentType);

    static SignedNote Note(PaperLog log) => SignedNote.Parse(log.Files["checkpoint"]);
}

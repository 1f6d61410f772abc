using System.Diagnostics;
using System.Globalization;
using System.Text;
using Interop.AuditLog;
using Interop.Server.AuditTools;
using Xunit;

namespace Interop.Tests.AuditLog;

/// <summary>
/// A log in a folder. With <c>INTEROP_FIGURE_ENTRIES=1000000</c> and <c>--output detailed</c> it gives the figure of
/// src/Interop.AuditLog/README.md.
/// </summary>
public sealed class FolderTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_log_in_a_folder_verifies()
    {
        var size = int.Parse(Environment.GetEnvironmentVariable("INTEROP_FIGURE_ENTRIES") ?? "70000", CultureInfo.InvariantCulture);
        var folder = System.IO.Directory.CreateTempSubdirectory("interop-million-").FullName;
        try
        {
            await WriteAsync(folder, size);
            var (cpu, clock, before) = (Environment.CpuUsage.TotalTime, Stopwatch.StartNew(), GC.GetTotalMemory(forceFullCollection: true));
            using var place = new LogPlace(folder);
            var most = 0L;
            var report = await new LogVerifier(
                (path, ct) =>
                {
                    most = Math.Max(most, GC.GetTotalMemory(false) - before);
                    return place.ReadAsync(path, ct);
                },
                PaperLog.Trust).RunAsync(CancellationToken.None);
            var took = Environment.CpuUsage.TotalTime - cpu;
            Assert.Empty(report.Findings);
            Assert.Equal(size, report.Entries);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{size} entries: {took.TotalSeconds:0.0} s of processor, {clock.Elapsed.TotalSeconds:0.0} s by the clock, at most {most / 1e6:0} MB on the heap before collection"));
        }
        finally
        {
            System.IO.Directory.Delete(folder, recursive: true);
        }
    }

    static async Task WriteAsync(string folder, int size)
    {
        var random = new Random(1);
        List<byte> above = [];
        var range = new CompactRange();
        foreach (var tile in Tile.All(0, size))
        {
            var entries = new byte[tile.Width * 32];
            random.NextBytes(entries);
            var bundle = EntryBundle.Pack(entries);
            var leaves = EntryBundle.LeafHashes(bundle, tile.Width)!;
            await LogPlace.WriteAsync(folder, (tile with { Level = Tile.Entries }).Path, bundle);
            await LogPlace.WriteAsync(folder, tile.Path, leaves);
            if (tile.IsPartial)
                for (var i = 0; i < tile.Width; i++) range.Append(leaves.AsSpan(i * 32, 32));
            else
                range.Append(MerkleTree.Root(leaves), 8);
            if (!tile.IsPartial) above.AddRange(MerkleTree.Root(leaves));
        }
        for (var level = 1; above.Count > 0; level++)
        {
            List<byte> next = [];
            foreach (var tile in Tile.All(level, size))
            {
                byte[] hashes = [.. above.Skip((int)tile.First * 32).Take(tile.Width * 32)];
                await LogPlace.WriteAsync(folder, tile.Path, hashes);
                if (!tile.IsPartial) next.AddRange(MerkleTree.Root(hashes));
            }
            above = next;
        }
        var checkpoint = new Checkpoint(PaperLog.Origin, size, range.Root());
        await LogPlace.WriteAsync(folder, "checkpoint", Encoding.UTF8.GetBytes(new SignedNote(checkpoint.Text, [PaperLog.Signer.Sign(checkpoint.Text, default)]).ToString()));
    }
}

using Interop.AuditLog;
using Xunit;

namespace Interop.Tests.AuditLog;

public sealed class MerkleTreeTests
{
    // The leaves, roots and proofs of the reference implementation of Certificate Transparency.
    static readonly List<byte[]> s_leaves =
    [
        .. new[] { "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f" }.Select(Convert.FromHexString),
    ];

    static readonly string[] s_roots =
    [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    [Fact]
    public void Roots_are_those_of_the_reference_implementation()
    {
        for (var size = 0; size <= s_leaves.Count; size++)
        {
            var hashes = s_leaves.Take(size).Select(Leaf).ToList();
            var range = new CompactRange();
            foreach (var hash in hashes) range.Append(hash);
            Assert.Equal(s_roots[size], Convert.ToHexStringLower(MerkleTree.Root([.. hashes.SelectMany(h => h)])));
            Assert.Equal(s_roots[size], Convert.ToHexStringLower(range.Root()));
        }
    }

    [Theory]
    [InlineData(1, 8, "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7", "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e", "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4")]
    [InlineData(6, 8, "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a", "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7")]
    [InlineData(2, 5, "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e", "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b")]
    [InlineData(4, 4)]
    [InlineData(0, 8)]
    public async Task Consistency_proofs_are_those_of_the_reference_implementation(int from, int to, params string[] expected)
    {
        var proof = await Tree(s_leaves, to).ConsistencyAsync(from, CancellationToken.None);
        Assert.Equal(expected, proof.Select(Convert.ToHexStringLower));
        Assert.True(Proofs.VerifyConsistency(from, to, Convert.FromHexString(s_roots[from]), Convert.FromHexString(s_roots[to]), proof));
    }

    [Fact]
    public async Task Every_proof_in_small_trees_is_the_RFCs_and_verifies_and_with_anything_changed_does_not()
    {
        var entries = PaperLog.Of(70).Entries;
        for (var size = 1; size <= entries.Count; size++)
        {
            var (d, tree) = (entries[..size], Tree(entries, size));
            var root = PaperLog.Mth(d);
            Assert.Equal(root, await tree.RootAsync(CancellationToken.None));
            for (var index = 0; index < size; index++)
            {
                var proof = await tree.InclusionAsync(index, CancellationToken.None);
                Assert.Equal(PaperLog.Path(index, d), proof);
                Assert.True(Proofs.VerifyInclusion(index, size, Leaf(d[index]), proof, root));
                Assert.All(Changed(proof), other => Assert.False(Proofs.VerifyInclusion(index, size, Leaf(d[index]), other, root)));
                Assert.False(Proofs.VerifyInclusion(index, size, Leaf(d[(index + 1) % size]), proof, root) && size > 1);
                Assert.False(Proofs.VerifyInclusion(index ^ 1, size, Leaf(d[index]), proof, root) && size > 1);
            }
            for (var from = 0; from <= size; from++)
            {
                var (old, proof) = (PaperLog.Mth(entries[..from]), await tree.ConsistencyAsync(from, CancellationToken.None));
                if (from > 0) Assert.Equal(PaperLog.SubProof(from, d, true), proof);
                Assert.True(Proofs.VerifyConsistency(from, size, old, root, proof));
                Assert.All(Changed(proof), other => Assert.False(Proofs.VerifyConsistency(from, size, old, root, other)));
                Assert.False(Proofs.VerifyConsistency(from, size, PaperLog.Mth(entries[..(from + 1 > 70 ? 1 : from + 1)]), root, proof));
            }
        }
    }

    [Fact]
    public void Proofs_of_what_cannot_be_are_refused()
    {
        var hash = new byte[32];
        Assert.False(Proofs.VerifyInclusion(0, 0, hash, [], hash));
        Assert.False(Proofs.VerifyInclusion(-1, 1, hash, [], hash));
        Assert.False(Proofs.VerifyInclusion(1, 1, hash, [], hash));
        Assert.False(Proofs.VerifyInclusion(0, 2, hash, [new byte[31]], hash));
        Assert.False(Proofs.VerifyConsistency(2, 1, hash, hash, []));
        Assert.False(Proofs.VerifyConsistency(-1, 1, hash, hash, []));
        Assert.False(Proofs.VerifyConsistency(1, 2, hash, hash, []));
        Assert.False(Proofs.VerifyConsistency(0, 2, hash, hash, []));
        Assert.False(Proofs.VerifyInclusion(0, long.MaxValue, hash, [.. Enumerable.Repeat(hash, 200)], hash));
    }

    [Fact]
    public async Task Proofs_reach_over_tiles_of_three_levels()
    {
        const int size = 70_000;
        var log = PaperLog.Of(size);
        var tree = new TiledTree((tile, ct) => log.ReadAsync(tile.Path, ct), size);
        var leaves = log.Entries.Select(Leaf).ToList();
        var root = await tree.RootAsync(CancellationToken.None);
        Assert.Equal(log.Checkpoint.Root, root);
        foreach (var index in new[] { 0, 255, 256, 65_535, 65_536, 69_887, 69_888, size - 1 })
        {
            var proof = await tree.InclusionAsync(index, CancellationToken.None);
            Assert.True(Proofs.VerifyInclusion(index, size, leaves[index], proof, root));
        }
        foreach (var from in new[] { 1, 256, 300, 65_536, 65_537, 69_999 })
        {
            var proof = await tree.ConsistencyAsync(from, CancellationToken.None);
            Assert.True(Proofs.VerifyConsistency(from, size, log.Root(from), root, proof));
        }
    }

    [Fact]
    public async Task A_tile_that_is_missing_or_short_is_named()
    {
        var log = PaperLog.Of(300);
        log.Files["tile/0/000"] = log.Files["tile/0/000"][..^1];
        var e = await Assert.ThrowsAsync<TileMissingException>(() => new TiledTree((tile, ct) => log.ReadAsync(tile.Path, ct), 300).InclusionAsync(3, CancellationToken.None));
        Assert.Equal(new Tile(0, 0), e.Tile);
    }

    [Fact]
    public void A_subtree_cannot_be_appended_where_none_can_stand()
    {
        var range = new CompactRange();
        range.Append(new byte[32]);
        Assert.Throws<ArgumentException>(() => range.Append(new byte[32], 1));
    }

    static byte[] Leaf(byte[] entry) => LogEntry.LeafHash(entry);

    static TiledTree Tree(List<byte[]> entries, int size) => new((tile, _) => Task.FromResult<byte[]?>(
        tile.Level == 0 ? [.. entries.Skip((int)tile.First).Take(tile.Width).SelectMany(Leaf)] : null), size);

    static IEnumerable<IReadOnlyList<byte[]>> Changed(IReadOnlyList<byte[]> proof)
    {
        yield return [.. proof, new byte[32]];
        for (var i = 0; i < proof.Count; i++)
        {
            yield return [.. proof.Where((_, j) => j != i)];
            yield return [.. proof.Select((hash, j) => j != i ? hash : [(byte)(hash[0] ^ 1), .. hash[1..]])];
        }
    }
}

public sealed class TileTests
{
    [Theory]
    [InlineData(0, 0, 256, "tile/0/000")]
    [InlineData(0, 1234067, 256, "tile/0/x001/x234/067")]
    [InlineData(Tile.Entries, 1234067, 8, "tile/entries/x001/x234/067.p/8")]
    [InlineData(2, 999, 255, "tile/2/999.p/255")]
    [InlineData(63, 1000, 1, "tile/63/x001/000.p/1")]
    public void Its_path_is_the_standards(int level, long number, int width, string path)
    {
        var tile = new Tile(level, number, width);
        Assert.Equal(path, tile.Path);
        Assert.True(Tile.TryParse(path, out var read));
        Assert.Equal(tile, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("tile")]
    [InlineData("tile/0")]
    [InlineData("tile/0/")]
    [InlineData("tile/0/0")]
    [InlineData("tile/0/0000")]
    [InlineData("tile/00/000")]
    [InlineData("tile/64/000")]
    [InlineData("tile/-1/000")]
    [InlineData("tile/+1/000")]
    [InlineData("tile/0/x000/001")]
    [InlineData("tile/0/001/001")]
    [InlineData("tile/0/x001")]
    [InlineData("tile/0/xx01/001")]
    [InlineData("tile/0/000.p/0")]
    [InlineData("tile/0/000.p/256")]
    [InlineData("tile/0/000.p/01")]
    [InlineData("tile/0/000.p/")]
    [InlineData("tile/0/000.p")]
    [InlineData("tile/0/000/../000")]
    [InlineData("tile/entries/٠٠٠")]
    [InlineData("tile/0/x999/x999/x999/x999/x999/x999/x999/999")]
    [InlineData("/tile/0/000")]
    [InlineData("tile/0/000/")]
    public void Any_other_path_is_none(string path) => Assert.False(Tile.TryParse(path, out _));

    // The examples of tlog-tiles, "Partial Tiles".
    [Fact]
    public void A_tree_has_the_tiles_that_the_standard_counts()
    {
        Assert.Equal(273, Tile.All(0, 70_000).Count(t => !t.IsPartial));
        Assert.Equal([112], Tile.All(0, 70_000).Where(t => t.IsPartial).Select(t => t.Width));
        Assert.Equal([256, 17], Tile.All(1, 70_000).Select(t => t.Width));
        Assert.Equal([1], Tile.All(2, 70_000).Select(t => t.Width));
        Assert.Empty(Tile.All(3, 70_000));
        Assert.Equal([256], Tile.All(0, 256).Select(t => t.Width));
        Assert.Equal([1], Tile.All(1, 256).Select(t => t.Width));
        Assert.Empty(Tile.All(0, 0));
    }
}

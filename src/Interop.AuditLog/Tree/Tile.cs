using System.Globalization;
using System.Text;

namespace Interop.AuditLog;

/// <summary>
/// A piece of the log as it is fetched (C2SP tlog-tiles): up to 256 hashes of one level of the tree, every eighth level being
/// kept, or the up to 256 entries beneath a tile of level 0.
/// </summary>
/// <param name="Level">0 for leaf hashes, each next for the roots over full tiles of the level below; <see cref="Entries"/> for entries.</param>
/// <param name="Number">Its place among those of its level.</param>
/// <param name="Width">How many hashes or entries: 256, or fewer at the right edge.</param>
public readonly record struct Tile(int Level, long Number, int Width = Tile.FullWidth)
{
    public const int FullWidth = 256;

    /// <summary>The level of entry bundles.</summary>
    public const int Entries = -1;

    private const int Height = 8;
    private const int MaximumLevel = 63;

    /// <summary>Index of its first hash among those of its level.</summary>
    public long First => Number * FullWidth;

    public bool IsPartial => Width < FullWidth;

    /// <summary>How many hashes a tree of <paramref name="size"/> has at this level.</summary>
    public static long Count(int level, long size) => level >= 8 ? 0 : size >> (Height * Math.Max(level, 0));

    /// <summary>This tile as it is in a tree of that size, or null where that tree has none of it.</summary>
    public Tile? In(long size)
    {
        var width = Math.Min(FullWidth, Count(Level, size) - First);
        return width > 0 ? this with { Width = (int)width } : null;
    }

    /// <summary>Every tile of that level in a tree of that size, from the left.</summary>
    public static IEnumerable<Tile> All(int level, long size, long fromNumber = 0)
    {
        for (var number = fromNumber; new Tile(level, number).In(size) is { } tile; number++) yield return tile;
    }

    /// <summary>The tile that holds the root of the subtree of 2^<paramref name="level"/> leaves, and which hashes of it.</summary>
    public static (Tile Tile, int First, int Count) Holding(int level, long index)
    {
        var (above, below) = (level / Height, level % Height);
        var first = index << below;
        return (new(above, first / FullWidth), (int)(first % FullWidth), 1 << below);
    }

    /// <summary>Below the log's address: <c>tile/0/x001/x234/067.p/8</c>.</summary>
    public string Path
    {
        get
        {
            var text = new StringBuilder("tile/").Append(Level == Entries ? "entries" : Level.ToString(CultureInfo.InvariantCulture)).Append('/');
            var groups = new Stack<long>();
            for (var rest = Number; rest > 0 || groups.Count == 0; rest /= 1000) groups.Push(rest % 1000);
            while (groups.TryPop(out var group)) text.Append(CultureInfo.InvariantCulture, $"{(groups.Count > 0 ? "x" : "")}{group:000}{(groups.Count > 0 ? "/" : "")}");
            if (IsPartial) text.Append(CultureInfo.InvariantCulture, $".p/{Width}");
            return text.ToString();
        }
    }

    /// <summary>Reads a path as <see cref="Path"/> writes it, and no other.</summary>
    public static bool TryParse(string path, out Tile tile)
    {
        tile = default;
        if (path is null || path.Split('/') is not ["tile", var level, .. var rest] || rest.Length == 0) return false;
        var width = FullWidth;
        if (rest is [.. var whole, var last, var partial] && last.EndsWith(".p", StringComparison.Ordinal))
        {
            if (!int.TryParse(partial, NumberStyles.None, CultureInfo.InvariantCulture, out width) || width is < 1 or >= FullWidth) return false;
            rest = [.. whole, last[..^2]];
        }
        var number = 0L;
        foreach (var group in rest)
        {
            if (!int.TryParse(group.TrimStart('x'), NumberStyles.None, CultureInfo.InvariantCulture, out var digits) || number > long.MaxValue / FullWidth / 1000 - 1) return false;
            number = number * 1000 + digits;
        }
        var height = Entries;
        if (level != "entries" && (!int.TryParse(level, NumberStyles.None, CultureInfo.InvariantCulture, out height) || height > MaximumLevel)) return false;
        tile = new(height, number, width);
        return tile.Path == path; // one name for one tile: leading zeros and missing or needless x's are no other
    }

    public override string ToString() => Path;
}

using System.Numerics;

namespace Interop.AuditLog;

/// <summary>The leaves from <paramref name="Start"/> up to, without, <paramref name="End"/>: a subtree as RFC 6962 cuts them.</summary>
public readonly record struct LeafRange(long Start, long End)
{
    public long Count => End - Start;

    /// <summary>The perfect subtrees that it consists of, from the left: height, and place among those of that height.</summary>
    public IEnumerable<(int Level, long Index)> Subtrees()
    {
        for (var start = Start; start < End;)
        {
            var level = BitOperations.Log2((ulong)(End - start));
            if (start != 0) level = Math.Min(level, BitOperations.TrailingZeroCount(start));
            yield return (level, start >> level);
            start += 1L << level;
        }
    }
}

using System.Buffers.Binary;
using System.Numerics;

namespace Interop.AuditLog;

/// <summary>
/// A number modulo p = 2^255 − 19, in five limbs of 51 bits. For public values only: it takes no care to take the same time
/// for every value.
/// </summary>
internal readonly struct FieldElement
{
    private const ulong Mask = (1UL << 51) - 1;

    private readonly ulong _0, _1, _2, _3, _4; // each below 2^52

    private FieldElement(ulong l0, ulong l1, ulong l2, ulong l3, ulong l4)
    {
        // Carries: what is above 51 bits goes to the next limb; above 2^255 it comes back times 19.
        _0 = (l0 & Mask) + 19 * (l4 >> 51);
        _1 = (l1 & Mask) + (l0 >> 51);
        _2 = (l2 & Mask) + (l1 >> 51);
        _3 = (l3 & Mask) + (l2 >> 51);
        _4 = (l4 & Mask) + (l3 >> 51);
    }

    internal static FieldElement Zero { get; }
    internal static FieldElement One { get; } = Of(1);

    internal static FieldElement Of(ulong small) => new(small, 0, 0, 0, 0);

    /// <summary>From 32 bytes, the lowest first; the highest bit is not looked at.</summary>
    internal static FieldElement Read(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt64LittleEndian(bytes) & Mask,
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[6..]) >> 3 & Mask,
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[12..]) >> 6 & Mask,
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[19..]) >> 1 & Mask,
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]) >> 12 & Mask);

    /// <summary>The one form of it below p, as 32 bytes.</summary>
    internal byte[] ToBytes()
    {
        var r = new FieldElement(_0, _1, _2, _3, _4);
        // Whether it is p or more shows in the carry of adding 19 to it; then 19 more and without bit 255 is p less.
        var q = r._0 + 19 >> 51;
        q = r._1 + q >> 51;
        q = r._2 + q >> 51;
        q = r._3 + q >> 51;
        q = r._4 + q >> 51;
        var l0 = r._0 + 19 * q;
        var l1 = r._1 + (l0 >> 51);
        var l2 = r._2 + (l1 >> 51);
        var l3 = r._3 + (l2 >> 51);
        var l4 = r._4 + (l3 >> 51);
        (l0, l1, l2, l3, l4) = (l0 & Mask, l1 & Mask, l2 & Mask, l3 & Mask, l4 & Mask);
        var bytes = new byte[32];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, l0 | l1 << 51);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8), l1 >> 13 | l2 << 38);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(16), l2 >> 26 | l3 << 25);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(24), l3 >> 39 | l4 << 12);
        return bytes;
    }

    internal bool IsZero => ToBytes().AsSpan().IndexOfAnyExcept((byte)0) < 0;

    /// <summary>Its lowest bit in the form below p: what RFC 8032 calls its sign.</summary>
    internal bool IsOdd => (ToBytes()[0] & 1) == 1;

    internal bool Equals(FieldElement other) => (this - other).IsZero;

    public static FieldElement operator +(FieldElement a, FieldElement b) => new(a._0 + b._0, a._1 + b._1, a._2 + b._2, a._3 + b._3, a._4 + b._4);

    // 2p is added first, so that no limb falls below zero.
    public static FieldElement operator -(FieldElement a, FieldElement b) => new(
        a._0 + 0xFFFFFFFFFFFDA - b._0, a._1 + 0xFFFFFFFFFFFFE - b._1, a._2 + 0xFFFFFFFFFFFFE - b._2, a._3 + 0xFFFFFFFFFFFFE - b._3, a._4 + 0xFFFFFFFFFFFFE - b._4);

    public static FieldElement operator -(FieldElement a) => Zero - a;

    public static FieldElement operator *(FieldElement a, FieldElement b)
    {
        var (b1, b2, b3, b4) = (19 * b._1, 19 * b._2, 19 * b._3, 19 * b._4); // what passes 2^255 counts 19 times
        var c0 = Wide(a._0, b._0) + Wide(a._1, b4) + Wide(a._2, b3) + Wide(a._3, b2) + Wide(a._4, b1);
        var c1 = Wide(a._0, b._1) + Wide(a._1, b._0) + Wide(a._2, b4) + Wide(a._3, b3) + Wide(a._4, b2);
        var c2 = Wide(a._0, b._2) + Wide(a._1, b._1) + Wide(a._2, b._0) + Wide(a._3, b4) + Wide(a._4, b3);
        var c3 = Wide(a._0, b._3) + Wide(a._1, b._2) + Wide(a._2, b._1) + Wide(a._3, b._0) + Wide(a._4, b4);
        var c4 = Wide(a._0, b._4) + Wide(a._1, b._3) + Wide(a._2, b._2) + Wide(a._3, b._1) + Wide(a._4, b._0);
        c1 += (ulong)(c0 >> 51);
        c2 += (ulong)(c1 >> 51);
        c3 += (ulong)(c2 >> 51);
        c4 += (ulong)(c3 >> 51);
        return new(((ulong)c0 & Mask) + 19 * (ulong)(c4 >> 51), (ulong)c1 & Mask, (ulong)c2 & Mask, (ulong)c3 & Mask, (ulong)c4 & Mask);
    }

    internal FieldElement Power(BigInteger exponent)
    {
        var result = One;
        for (var bit = (int)exponent.GetBitLength() - 1; bit >= 0; bit--)
        {
            result *= result;
            if (!(exponent >> bit).IsEven) result *= this;
        }
        return result;
    }

    internal FieldElement Inverse() => Power(P - 2); // Fermat

    internal static BigInteger P { get; } = BigInteger.Pow(2, 255) - 19;

    private static UInt128 Wide(ulong a, ulong b) => new(Math.BigMul(a, b, out var low), low);
}

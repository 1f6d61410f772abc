using System.Numerics;

namespace Interop.AuditLog;

/// <summary>
/// A point of edwards25519 (RFC 8032, 5.1) in extended coordinates: x = X/Z, y = Y/Z, xy = T/Z. One addition serves for every
/// pair of points, equal ones and the neutral one too.
/// </summary>
internal sealed class CurvePoint
{
    private static readonly FieldElement s_d = -FieldElement.Of(121665) * FieldElement.Of(121666).Inverse();
    private static readonly FieldElement s_2d = s_d + s_d;
    private static readonly FieldElement s_rootOfMinusOne = FieldElement.Of(2).Power((FieldElement.P - 1) / 4);

    private readonly FieldElement _x, _y, _z, _t;

    private CurvePoint(FieldElement x, FieldElement y, FieldElement z, FieldElement t) => (_x, _y, _z, _t) = (x, y, z, t);

    internal static CurvePoint Neutral { get; } = new(FieldElement.Zero, FieldElement.One, FieldElement.One, FieldElement.Zero);

    /// <summary>The base point: y = 4/5, x even.</summary>
    internal static CurvePoint Base { get; } = Decode((FieldElement.Of(4) * FieldElement.Of(5).Inverse()).ToBytes())!;

    /// <summary>RFC 8032, 5.1.3, to the letter: null for a y of p or more, for no point of the curve, and for minus zero.</summary>
    internal static CurvePoint? Decode(ReadOnlySpan<byte> bytes)
    {
        var y = FieldElement.Read(bytes);
        var isOdd = bytes[31] >> 7 == 1;
        var canonical = y.ToBytes();
        canonical[31] |= (byte)(bytes[31] & 0x80);
        if (!bytes.SequenceEqual(canonical)) return null;
        // x² = (y² − 1) / (dy² + 1)
        var (u, v) = (y * y - FieldElement.One, s_d * y * y + FieldElement.One);
        var x = u * v.Power(3) * (u * v.Power(7)).Power((FieldElement.P - 5) / 8);
        if (!(v * x * x).Equals(u)) x *= s_rootOfMinusOne;
        if (!(v * x * x).Equals(u) || x.IsZero && isOdd) return null;
        if (x.IsOdd != isOdd) x = -x;
        return new(x, y, FieldElement.One, x * y);
    }

    internal byte[] Encode()
    {
        var inverse = _z.Inverse();
        var bytes = (_y * inverse).ToBytes();
        if ((_x * inverse).IsOdd) bytes[31] |= 0x80;
        return bytes;
    }

    /// <summary>One of the eight points that vanish times eight: as a key it makes one signature valid for many messages.</summary>
    internal bool IsOfSmallOrder
    {
        get
        {
            var twice = this + this;
            var fourTimes = twice + twice;
            var eightTimes = fourTimes + fourTimes;
            return eightTimes._x.IsZero && eightTimes._y.Equals(eightTimes._z);
        }
    }

    public static CurvePoint operator -(CurvePoint a) => new(-a._x, a._y, a._z, -a._t);

    public static CurvePoint operator +(CurvePoint p, CurvePoint q)
    {
        var a = (p._y - p._x) * (q._y - q._x);
        var b = (p._y + p._x) * (q._y + q._x);
        var c = p._t * s_2d * q._t;
        var d = (p._z + p._z) * q._z;
        var (e, f, g, h) = (b - a, d - c, d + c, b + a);
        return new(e * f, g * h, f * g, e * h);
    }

    /// <summary><paramref name="a"/> times p plus <paramref name="b"/> times q, both at once.</summary>
    internal static CurvePoint Combine(BigInteger a, CurvePoint p, BigInteger b, CurvePoint q)
    {
        var both = p + q;
        var sum = Neutral;
        for (var bit = (int)Math.Max(a.GetBitLength(), b.GetBitLength()) - 1; bit >= 0; bit--)
        {
            sum += sum;
            var (inA, inB) = (!(a >> bit).IsEven, !(b >> bit).IsEven);
            if (inA || inB) sum += inA && inB ? both : inA ? p : q;
        }
        return sum;
    }
}

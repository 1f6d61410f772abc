using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Interop.Platform;

/// <summary>
/// Random bytes, of which every entry of the log takes a few: the operating library's generator is asked for many at once, since each
/// time it is asked costs as much as a kilobyte of them. Each byte is given once, and wiped.
/// </summary>
internal static class Randomness
{
    const int Drawn = 2048;

    [ThreadStatic]
    static Pool? s_pool;

    public static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        Fill(bytes);
        return bytes;
    }

    public static void Fill(Span<byte> into)
    {
        if (into.Length > Drawn / 2)
            RandomNumberGenerator.Fill(into);
        else
            (s_pool ??= new()).Give(into);
    }

    /// <summary>An id that sorts by the millisecond in which it was made (UUID version 7, RFC 9562, 5.7).</summary>
    public static Guid Version7(DateTimeOffset now)
    {
        Span<byte> id = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(id, now.ToUnixTimeMilliseconds() << 16);
        Fill(id[6..]);
        id[6] = (byte)(id[6] & 0x0F | 0x70); // version
        id[8] = (byte)(id[8] & 0x3F | 0x80); // variant
        return new(id, bigEndian: true);
    }

    sealed class Pool
    {
        readonly byte[] _bytes = new byte[Drawn];
        int _given = Drawn;

        public void Give(Span<byte> into)
        {
            if (_given + into.Length > Drawn)
            {
                RandomNumberGenerator.Fill(_bytes);
                _given = 0;
            }
            var next = _bytes.AsSpan(_given, into.Length);
            next.CopyTo(into);
            next.Clear();
            _given += into.Length;
        }
    }
}

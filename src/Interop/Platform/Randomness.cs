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

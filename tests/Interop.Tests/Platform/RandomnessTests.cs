using Interop.Platform;
using Xunit;

namespace Interop.Tests.Platform;

public sealed class RandomnessTests
{
    [Fact]
    public void No_bytes_are_given_twice_whichever_thread_asks_and_however_many()
    {
        var given = Enumerable.Range(0, 20_000).AsParallel().Select(n => Randomness.Bytes(12 + n % 37)).ToList();

        Assert.Equal(given.Count, given.Select(bytes => Convert.ToHexString(bytes[..12])).Distinct().Count());
        Assert.Equal(given.Count, given.Select(bytes => Convert.ToHexString(bytes[^12..])).Distinct().Count());
    }

    [Theory]
    [InlineData(1024)]
    [InlineData(1025)]
    [InlineData(100_000)]
    public void All_of_what_is_asked_for_is_filled(int length)
    {
        var filled = new bool[length];
        for (var n = 0; n < 20; n++)
            foreach (var (index, value) in Randomness.Bytes(length).Index())
                filled[index] |= value != 0;

        Assert.DoesNotContain(false, filled); // by chance once in 10^43
    }

    [Fact]
    public void An_id_tells_its_version_and_the_millisecond_in_which_it_was_made_and_is_given_once()
    {
        var now = DateTimeOffset.Parse("2026-11-30T17:26:25.890Z", null);

        var ids = Enumerable.Range(0, 10_000).AsParallel().Select(_ => Randomness.Version7(now)).ToList();

        Assert.All(ids, id => Assert.Equal((now.ToUnixTimeMilliseconds(), 7), (Convert.ToInt64($"{id:N}"[..12], 16), id.Version)));
        Assert.All(ids, id => Assert.InRange(id.Variant, 8, 11)); // RFC 9562, 4.1
        Assert.Equal(ids.Count, ids.Distinct().Count());
    }
}

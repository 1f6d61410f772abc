using System.Globalization;

namespace Interop.Server.Tests.World;

/// <summary>
/// Tests in which processes, databases and disks fail. They load the machine, and one at a time is enough. What chance decides in
/// them follows from a seed, which is printed: <c>INTEROP_SEED</c> repeats it.
/// </summary>
[CollectionDefinition(Name)]
public sealed class Weather
{
    public const string Name = "weather";

    public static int Seed()
    {
        var seed = Number("INTEROP_SEED", Random.Shared.Next(1, 1_000_000));
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"INTEROP_SEED={seed}"));
        return seed;
    }

    /// <summary>That the exchange cannot answer now and when to try again, as a problem; no fault of its own, and nothing of its inside.</summary>
    internal static void IsUnavailable(Reply reply)
    {
        Assert.True(reply.Status == 503 && reply.Type?.MediaType == "application/problem+json" && reply["type"] is "urn:interop:problem:unavailable" or "urn:interop:problem:in-doubt"
            && reply.Headers.RetryAfter?.Delta > TimeSpan.Zero, $"{reply.Status} {reply.Type} {reply.Text}");
        Assert.DoesNotContain("   at ", reply.Text, StringComparison.Ordinal);
    }

    internal static async Task IsReadyAsync(Door door, bool ready = true) =>
        await Eventually.HoldsAsync(ready ? "it is ready" : "it is not ready", async () => (await door.ReadinessAsync())?.Status == (ready ? 200 : 503));

    public static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : otherwise;
}

namespace Interop.Server.Tests.World;

/// <summary>A condition that comes by itself is asked for until it holds, and a test that waits in vain says for what.</summary>
internal static class Eventually
{
    static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Generous: what it bounds is how long a broken build is waited for.</summary>
    static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    public static Task HoldsAsync(string what, Func<bool> condition) => HoldsAsync(what, () => Task.FromResult(condition()));

    public static async Task HoldsAsync(string what, Func<Task<bool>> condition)
    {
        using var deadline = new CancellationTokenSource(s_patience);
        while (!await condition())
        {
            Assert.False(deadline.IsCancellationRequested, $"In vain waited until {what}.");
            await Task.Delay(s_pause);
        }
    }
}

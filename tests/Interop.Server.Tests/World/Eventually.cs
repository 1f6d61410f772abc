namespace Interop.Server.Tests.World;

/// <summary>A condition that comes by itself is asked for until it holds, and a test that waits in vain says for what.</summary>
internal static class Eventually
{
    static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Generous: what it bounds is how long a broken build is waited for.</summary>
    static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    public static Task HoldsAsync(string what, Func<bool> condition, TimeSpan? within = null) => HoldsAsync(what, () => Task.FromResult(condition()), within);

    /// <param name="within">Where it is promised sooner than a broken build is waited for.</param>
    public static Task HoldsAsync(string what, Func<Task<bool>> condition, TimeSpan? within = null) => HoldsAsync(condition, () => $"In vain waited until {what}.", within);

    public static Task HoldsAsync(Func<bool> condition, Func<string> otherwise) => HoldsAsync(() => Task.FromResult(condition()), otherwise);

    public static async Task HoldsAsync(Func<Task<bool>> condition, Func<string> otherwise, TimeSpan? within = null)
    {
        using var deadline = new CancellationTokenSource(within ?? s_patience);
        while (!await condition())
        {
            Assert.False(deadline.IsCancellationRequested, otherwise());
            await Task.Delay(s_pause, CancellationToken.None);
        }
    }
}

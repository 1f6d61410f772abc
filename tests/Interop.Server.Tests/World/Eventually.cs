namespace Interop.Server.Tests.World;

/// <summary>What others do in their own time: asked again until it holds, and a failure when it does not in two minutes.</summary>
public static class Eventually
{
    static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(2);

    public static Task HoldsAsync(Func<bool> condition, Func<string> otherwise) => HoldsAsync(() => Task.FromResult(condition()), otherwise);

    public static async Task HoldsAsync(Func<Task<bool>> condition, Func<string> otherwise)
    {
        using var deadline = new CancellationTokenSource(s_deadline);
        while (!await condition())
        {
            Assert.False(deadline.IsCancellationRequested, otherwise());
            await Task.Delay(20, CancellationToken.None);
        }
    }
}

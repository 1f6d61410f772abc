using System.Diagnostics;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Identity.External;

/// <summary>npm's oidc-provider, an authorization server that others wrote, in a process of its own.</summary>
internal sealed class OidcProvider : IAsyncDisposable
{
    readonly Process _process;

    OidcProvider(Process process, string url) => (_process, Url) = (process, url);

    public string Url { get; }

    public static async Task<OidcProvider> StartAsync(string audience)
    {
        var process = Node.Start("oidc-provider.mjs", audience);
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var url = await process.StandardOutput.ReadLineAsync(deadline.Token);
        if (url is null || !url.StartsWith("http", StringComparison.Ordinal))
            Assert.Fail($"{url}{await process.StandardError.ReadToEndAsync(deadline.Token)}");
        return new(process, url);
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}

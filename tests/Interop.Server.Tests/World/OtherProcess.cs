using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Interop.Server.Tests.World;

/// <summary>The real program in a process of its own, on the database and the keys of an exchange that runs already.</summary>
public sealed class OtherProcess : IAsyncDisposable
{
    static readonly TimeSpan s_start = TimeSpan.FromSeconds(60);
    readonly Process _process;

    OtherProcess(Process process, HttpClient http) => (_process, Http) = (process, http);

    public HttpClient Http { get; }

    /// <param name="settings">As in <see cref="ExchangeOptions.Settings"/>.</param>
    public static async Task<OtherProcess> StartAsync(Exchange beside, params string[] settings)
    {
        var address = $"http://127.0.0.1:{FreePort()}";
        var process = Process.Start(new ProcessStartInfo("dotnet",
        [
            Path.Combine(AppContext.BaseDirectory, "Interop.Server.dll"), "serve", "--demo", $"--urls={address}", "--Logging:LogLevel:Default=Error",
            $"--ConnectionStrings:Interop={beside.Storage.ConnectionString}", $"--INTEROP_KEYS={beside.Keys}", "--Delivery:AllowedNetworks=127.0.0.0/8", .. settings.Select(s => $"--{s}"),
        ]))!;
        var http = new HttpClient { BaseAddress = new(address), Timeout = TimeSpan.FromSeconds(60) };
        using var deadline = new CancellationTokenSource(s_start);
        while (!await IsReadyAsync(http, deadline.Token))
            Assert.False(process.HasExited, "The other process ended before it was ready.");
        return new(process, http);
    }

    /// <summary>As <c>kill -9</c>.</summary>
    public Task KillAsync()
    {
        _process.Kill();
        return _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await KillAsync();
        _process.Dispose();
    }

    static async Task<bool> IsReadyAsync(HttpClient http, CancellationToken ct)
    {
        try
        {
            using var response = await http.GetAsync("/health/ready", ct);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            await Task.Delay(100, ct); // not listening yet: asked again until the deadline
            return false;
        }
    }

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

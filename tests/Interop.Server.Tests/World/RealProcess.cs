using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Interop.Server.Tests.World;

/// <summary>The program as an operator starts it, on data of its own, and every line that it writes.</summary>
public sealed class RealProcess : IAsyncDisposable
{
    static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    readonly string _folder = System.IO.Directory.CreateTempSubdirectory("interop-process-").FullName;
    readonly ConcurrentQueue<string> _lines = new();
    readonly Process _process;

    RealProcess(string[] arguments, (string Name, string Value)[] environment)
    {
        Port = FreePort();
        Http = new() { BaseAddress = new($"http://127.0.0.1:{Port}"), Timeout = TimeSpan.FromSeconds(60) };
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Interop.Server.dll"), .. arguments, $"--urls={Http.BaseAddress}", "--Delivery:AllowedNetworks=127.0.0.0/8"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder,
        };
        start.Environment["INTEROP_DATA"] = Data;
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, e) => Keep(e.Data);
        _process.ErrorDataReceived += (_, e) => Keep(e.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Port { get; }

    public HttpClient Http { get; }

    public string Data => Path.Combine(_folder, "data");

    public string Written => string.Join('\n', _lines);

    public static async Task<RealProcess> StartAsync(string[] arguments, params (string Name, string Value)[] environment)
    {
        var process = new RealProcess(arguments, environment);
        await process.UntilAsync(async () => (await process.Http.GetAsync("/health/ready")).IsSuccessStatusCode, "it is ready");
        return process;
    }

    /// <summary>Polls until it is so; the deadline only ends a test that has failed.</summary>
    public async Task UntilAsync(Func<Task<bool>> isSo, string what)
    {
        using var deadline = new CancellationTokenSource(s_patience);
        while (true)
        {
            Assert.False(_process.HasExited, $"The process ended before {what}: {Written}");
            Assert.False(deadline.IsCancellationRequested, $"Waited in vain until {what}: {Written}");
            try
            {
                if (await isSo())
                    return;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }
            await Task.Delay(50);
        }
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    void Keep(string? line)
    {
        if (line is not null)
            _lines.Enqueue(line);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        System.IO.Directory.Delete(_folder, recursive: true);
    }
}

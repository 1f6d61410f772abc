using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Interop.Server.Tests.World;

/// <summary>
/// The real program at one address, on a database and keys of its own: its process ends in one way or another, and another is
/// started on what it left.
/// </summary>
internal sealed class Restartable : IAsyncDisposable
{
    readonly string _folder = System.IO.Directory.CreateTempSubdirectory("interop-installation-").FullName;
    readonly string _address = $"http://127.0.0.1:{FreePort()}";
    readonly string[] _settings;
    readonly StringBuilder _said = new();
    Process? _process;

    Restartable(Storage storage, string[] settings)
    {
        (Storage, _settings) = (storage, settings);
        Http = new(new SocketsHttpHandler { AllowAutoRedirect = false, MaxConnectionsPerServer = 64 }) { BaseAddress = new(_address), Timeout = TimeSpan.FromSeconds(60) };
        Door = new(Http);
    }

    public Storage Storage { get; }

    public HttpClient Http { get; }

    public Door Door { get; }

    /// <summary>Its <c>INTEROP_DATA</c>.</summary>
    public string Data => Path.Combine(_folder, "data");

    /// <summary>What its processes wrote on their output, one after the other.</summary>
    public string Said
    {
        get
        {
            lock (_said)
                return _said.ToString();
        }
    }

    public bool IsRunning => _process is { HasExited: false };

    /// <summary>A database of its own, and nothing in it yet.</summary>
    public static async Task<Restartable> NewAsync(Storage storage, params string[] settings)
    {
        Assert.SkipWhen(storage.Missing is not null, storage.Missing ?? "");
        await storage.CreateAsync();
        return new(storage, settings);
    }

    /// <summary>Starts the program on it and returns at once. Unless told otherwise it serves the demonstration world.</summary>
    public void Start(params string[] command)
    {
        var start = new ProcessStartInfo("dotnet",
        [
            Path.Combine(AppContext.BaseDirectory, "Interop.Server.dll"), command.Length > 0 ? command[0] : "serve", $"--urls={_address}", "--Logging:LogLevel:Default=Warning",
            $"--ConnectionStrings:Interop={Storage.ConnectionString}", $"--INTEROP_DATA={Data}", $"--INTEROP_KEYS={Path.Combine(_folder, "keys")}",
            "--Delivery:AllowedNetworks=127.0.0.0/8", .. _settings, .. command.Length > 0 ? command[1..] : ["--demo"],
        ])
        { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DOTNET_TieredPGO"] = "0"; // it lives for seconds
        _process = new() { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Starts it, and returns when it is ready.</summary>
    public async Task ServeAsync()
    {
        Start();
        await IsReadyAsync();
    }

    public Task IsReadyAsync() => Eventually.HoldsAsync("it is ready", async () =>
    {
        Assert.False(_process!.HasExited, $"It ended before it was ready: {Said}");
        return (await Door.ReadinessAsync())?.Status == 200;
    });

    /// <summary>SIGKILL: between two instructions, with nothing said or written.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await EndedAsync();
    }

    /// <summary>SIGTERM, as an operator or an orchestrator ends it.</summary>
    public async Task TerminateAsync()
    {
        using var kill = Process.Start("bash", ["-c", $"kill -TERM {_process!.Id}"]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Its exit code, once it has ended.</summary>
    public async Task<int> EndedAsync()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        await _process!.WaitForExitAsync(deadline.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (IsRunning)
            await KillAsync();
        _process?.Dispose();
        await Storage.DisposeAsync();
        System.IO.Directory.Delete(_folder, recursive: true);
    }

    void Keep(string? line)
    {
        lock (_said)
            _said.AppendLine(line);
    }

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

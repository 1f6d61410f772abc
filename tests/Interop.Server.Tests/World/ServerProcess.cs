using System.Collections.Concurrent;
using System.Diagnostics;

namespace Interop.Server.Tests.World;

/// <summary>The real program in a process of its own, everything that it says, and a client to call it with.</summary>
public sealed class ServerProcess : IAsyncDisposable
{
    static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    readonly ConcurrentQueue<string> _lines = new();
    readonly Process _process;

    ServerProcess(ProcessStartInfo start)
    {
        _process = new() { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <param name="environment">Beside that of the tests.</param>
    public static ServerProcess Start(IReadOnlyList<string> arguments, string folder, IEnumerable<KeyValuePair<string, string>> environment)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Interop.Server.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        start.Environment["DOTNET_TieredPGO"] = "0"; // it lives for seconds
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return new(start);
    }

    /// <summary>Another process of an exchange that runs already: on its database and with its keys.</summary>
    /// <param name="settings">As in <see cref="ExchangeOptions.Settings"/>.</param>
    public static async Task<ServerProcess> BesideAsync(Exchange exchange, params string[] settings)
    {
        var process = Start(
            ["serve", "--demo", "--urls=http://127.0.0.1:0", "--Delivery:AllowedNetworks=127.0.0.0/8", .. settings.Select(s => $"--{s}")], Path.GetTempPath(),
            [new("ConnectionStrings__Interop", exchange.Storage.ConnectionString), new("INTEROP_KEYS", exchange.Keys)]);
        await process.ServesAsync();
        return process;
    }

    /// <summary>Without an address until it listens: <see cref="ServesAsync"/>.</summary>
    public HttpClient Http { get; } = new() { Timeout = TimeSpan.FromSeconds(60) };

    public string Said => string.Join('\n', _lines);

    public bool HasEnded => _process.HasExited;

    /// <summary>Returns when it is ready.</summary>
    /// <param name="address">null: the one that it says.</param>
    public async Task ServesAsync(string? address = null)
    {
        try
        {
            Http.BaseAddress = new(address ?? (await SaysAsync("Now listening on: ")).Trim());
            await UntilAsync("it is ready", async () => (await new Door(Http).ReadinessAsync())?.Status == 200);
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    /// <summary>What follows these words in the line in which it says them; waits for it.</summary>
    public async Task<string> SaysAsync(string words)
    {
        var rest = "";
        await UntilAsync($"it says '{words}'", () =>
        {
            if (_lines.FirstOrDefault(l => l.Contains(words, StringComparison.Ordinal)) is not { } line)
                return Task.FromResult(false);
            rest = line[(line.IndexOf(words, StringComparison.Ordinal) + words.Length)..];
            return Task.FromResult(true);
        });
        return rest;
    }

    /// <summary>Asks until it is so, or the process has ended.</summary>
    public Task UntilAsync(string what, Func<Task<bool>> isSo) => Eventually.HoldsAsync(async () =>
    {
        var ended = HasEnded; // before it is asked: its last words count
        if (await isSo())
            return true;
        Assert.False(ended, $"It ended before {what}: {Said}");
        return false;
    }, () => $"In vain waited until {what}: {Said}");

    /// <summary>SIGKILL: between two instructions, with nothing said or written.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await EndedAsync();
    }

    /// <summary>SIGTERM, as an operator or an orchestrator ends it.</summary>
    public async Task TerminateAsync()
    {
        using var kill = Process.Start("bash", ["-c", $"kill -TERM {_process.Id}"]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Its exit code, once it has ended and said all that it had to.</summary>
    public async Task<int> EndedAsync()
    {
        using var deadline = new CancellationTokenSource(s_patience);
        await _process.WaitForExitAsync(deadline.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!HasEnded)
            await KillAsync();
        _process.Dispose();
    }

    void Keep(string? line)
    {
        if (line is not null)
            _lines.Enqueue(line);
    }
}

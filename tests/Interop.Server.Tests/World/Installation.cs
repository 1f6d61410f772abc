using System.Collections.Concurrent;
using System.Diagnostics;

namespace Interop.Server.Tests.World;

/// <summary>The executable as an operator has it: a folder for data and keys, a database, and any number of processes.</summary>
public sealed class Installation : IAsyncDisposable
{
    static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    readonly bool _owns;

    Installation(Storage storage, bool owns) => (Storage, _owns) = (storage, owns);

    public Storage Storage { get; }

    /// <summary>Gone with everything in it when the test ends.</summary>
    public string Folder { get; } = System.IO.Directory.CreateTempSubdirectory("interop-installation-").FullName;

    public string Data => Path.Combine(Folder, "data");

    public string Keys => Path.Combine(Folder, "keys");

    /// <summary>What every process of it is told, beside where its database and keys are: <c>Section__Name</c>.</summary>
    public Dictionary<string, string> Environment { get; } = [];

    public static async Task<Installation> NewAsync(Storage storage)
    {
        Assert.SkipWhen(storage.Missing is not null, storage.Missing ?? "");
        await storage.CreateAsync();
        return new(storage, owns: true);
    }

    /// <summary>On a database that its test made, and removes.</summary>
    public static Installation At(Storage storage) => new(storage, owns: false);

    /// <summary>Of an exchange that runs already: its database, data and keys.</summary>
    public static Installation Of(Exchange exchange) => new(exchange.Storage, owns: false)
    {
        Environment = { ["INTEROP_DATA"] = exchange.Data, ["INTEROP_KEYS"] = exchange.Keys },
    };

    /// <summary>Runs a command to its end.</summary>
    public async Task<(int Exit, string Said)> RunAsync(params string[] command)
    {
        await using var run = Start(command);
        using var deadline = new CancellationTokenSource(s_patience);
        await run.Process.WaitForExitAsync(deadline.Token);
        return (run.Process.ExitCode, run.Said);
    }

    /// <summary>Serves on a free port until disposed of.</summary>
    public async Task<Running> ServeAsync(params string[] args)
    {
        var running = Start(["serve", "--urls=http://127.0.0.1:0", .. args]);
        try
        {
            running.Http.BaseAddress = new((await running.SaysAsync("Now listening on: ")).Trim());
            return running;
        }
        catch
        {
            await running.DisposeAsync();
            throw;
        }
    }

    /// <summary>A process, and everything that it says.</summary>
    public Running Start(params string[] command)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Interop.Server.dll"), .. command])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Folder,
        };
        start.Environment["INTEROP_DATA"] = Data;
        start.Environment["INTEROP_KEYS"] = Keys;
        start.Environment["ConnectionStrings__Interop"] = Storage.ConnectionString;
        start.Environment["Logging__LogLevel__Microsoft.Hosting.Lifetime"] = "Information";
        foreach (var (name, value) in Environment)
            start.Environment[name] = value;
        return new(Process.Start(start)!);
    }

    public async ValueTask DisposeAsync()
    {
        if (_owns)
            await Storage.DisposeAsync();
        System.IO.Directory.Delete(Folder, recursive: true);
    }

    public sealed class Running : IAsyncDisposable
    {
        readonly ConcurrentQueue<string> _lines = new();

        internal Running(Process process)
        {
            Process = process;
            process.OutputDataReceived += (_, line) => Keep(line.Data);
            process.ErrorDataReceived += (_, line) => Keep(line.Data);
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
        }

        public Process Process { get; }

        public HttpClient Http { get; } = new() { Timeout = TimeSpan.FromSeconds(60) };

        public string Said => string.Join('\n', _lines);

        /// <summary>What follows these words in the line in which it says them; waits for it.</summary>
        public async Task<string> SaysAsync(string words)
        {
            using var deadline = new CancellationTokenSource(s_patience);
            while (true)
            {
                if (_lines.FirstOrDefault(l => l.Contains(words, StringComparison.Ordinal)) is { } line)
                    return line[(line.IndexOf(words, StringComparison.Ordinal) + words.Length)..];
                if (Process.HasExited)
                    throw new InvalidOperationException($"It ended with {Process.ExitCode} and never said '{words}': {Said}");
                await Task.Delay(20, deadline.Token);
            }
        }

        /// <summary>As <c>kill -9</c>.</summary>
        public async Task KillAsync()
        {
            Process.Kill();
            await Process.WaitForExitAsync();
        }

        public async ValueTask DisposeAsync()
        {
            Http.Dispose();
            if (!Process.HasExited)
                await KillAsync();
            Process.Dispose();
        }

        void Keep(string? line)
        {
            if (line is not null)
                _lines.Enqueue(line);
        }
    }
}

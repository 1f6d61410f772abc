namespace Interop.Server.Tests.World;

/// <summary>
/// An installation at one address: its process ends in one way or another, and another is started on what it left.
/// </summary>
internal sealed class Restartable : IAsyncDisposable
{
    readonly Installation _installation;
    readonly string[] _settings;
    readonly string _address = $"http://127.0.0.1:{Ports.Free()}";
    readonly List<string> _said = [];
    ServerProcess? _process;

    Restartable(Installation installation, string[] settings)
    {
        (_installation, _settings) = (installation, settings);
        Http = new(new SocketsHttpHandler { AllowAutoRedirect = false, MaxConnectionsPerServer = 64 }) { BaseAddress = new(_address), Timeout = TimeSpan.FromSeconds(60) };
        Door = new(Http);
    }

    public Storage Storage => _installation.Storage;

    public HttpClient Http { get; }

    public Door Door { get; }

    /// <summary>Its <c>INTEROP_DATA</c>.</summary>
    public string Data => _installation.Data;

    /// <summary>What its processes said, one after the other.</summary>
    public string Said => string.Join('\n', [.. _said, _process?.Said ?? ""]);

    /// <summary>A database of its own, and nothing in it yet.</summary>
    public static async Task<Restartable> NewAsync(Storage storage, params string[] settings) => new(await Installation.NewAsync(storage), settings);

    /// <summary>Starts the program on it and returns at once. Unless told otherwise it serves the demonstration world.</summary>
    public void Start(params string[] command)
    {
        if (_process is not null)
            _said.Add(_process.Said);
        _process = _installation.Start(
        [
            command.Length > 0 ? command[0] : "serve", $"--urls={_address}", "--Logging:LogLevel:Default=Warning", "--Delivery:AllowedNetworks=127.0.0.0/8", .. _settings, .. command.Length > 0 ? command[1..] : ["--demo"],
        ]);
    }

    /// <summary>Starts it, and returns when it is ready.</summary>
    public async Task ServeAsync()
    {
        Start();
        await IsReadyAsync();
    }

    public Task IsReadyAsync() => _process!.UntilAsync("it is ready", async () => (await Door.ReadinessAsync())?.Status == 200);

    /// <inheritdoc cref="ServerProcess.KillAsync"/>
    public Task KillAsync() => _process!.KillAsync();

    /// <inheritdoc cref="ServerProcess.TerminateAsync"/>
    public Task TerminateAsync() => _process!.TerminateAsync();

    /// <inheritdoc cref="ServerProcess.EndedAsync"/>
    public Task<int> EndedAsync() => _process!.EndedAsync();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (_process is not null)
            await _process.DisposeAsync();
        await _installation.DisposeAsync();
    }
}

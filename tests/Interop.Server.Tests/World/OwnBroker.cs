using System.Diagnostics;
using Interop.Server.Tests.World;

[assembly: AssemblyFixture(typeof(OwnBroker))]

namespace Interop.Server.Tests.World;

/// <summary>A broker that a test may kill, block and start again. One for all such tests, one test at a time.</summary>
public sealed class OwnBroker : IAsyncLifetime
{
    static readonly string s_script = Path.Combine(Repository.Root, "tests", "services", "rabbitmq");

    /// <summary>Where the next <c>tests/run</c> looks for what a run that was killed left behind.</summary>
    readonly string _folder = Path.Combine(Repository.Root, "artifacts", "test-services", $"run-{Environment.ProcessId}", "rabbitmq");

    readonly PrivateAuthority _authority = new();

    readonly SemaphoreSlim _one = new(1, 1);
    bool _started;

    /// <summary>It runs, for this test alone, until the turn is over.</summary>
    public async Task<IDisposable> TakeAsync()
    {
        Assert.SkipUnless(File.Exists("/usr/lib/rabbitmq/bin/rabbitmq-server"), "No RabbitMQ on this machine: run tests/services/rabbitmq start, or tests/run, which installs it.");
        await _one.WaitAsync();
        var turn = new Turn(_one);
        try
        {
            await StartAsync();
            return turn;
        }
        catch
        {
            turn.Dispose();
            throw;
        }
    }

    public string Url { get; private set; } = "";

    /// <summary>The same broker by TLS, by the name that its certificate is for.</summary>
    public string TlsUrl => $"amqps://interop:interop@localhost:{File.ReadAllText(Path.Combine(_folder, "ports")).Split(' ')[3].Trim()}/";

    /// <summary>A file with the certificate of who signed the broker's.</summary>
    public string Authority => Path.Combine(_folder, "tls", "authority.pem");

    /// <summary>Where it was, on its data.</summary>
    public async Task StartAsync()
    {
        if (!_started)
            await MakeCertificateAsync();
        _started = true;
        Url = (await RunAsync("start", _folder)).Trim();
    }

    /// <summary>
    /// kill -9. What RabbitMQ 3.10 writes only every few seconds is written first: a queue younger than that would come back without
    /// a leader, and is lost to everybody.
    /// </summary>
    public async Task KillAsync()
    {
        await ControlAsync("eval", "[dets:sync(T) || T <- dets:all()].");
        await RunAsync("kill", _folder);
    }

    /// <summary>rabbitmqctl.</summary>
    public Task<string> ControlAsync(params string[] arguments) => RunAsync(["ctl", _folder, .. arguments]);

    public ValueTask InitializeAsync() => default;

    public async ValueTask DisposeAsync()
    {
        _one.Dispose();
        _authority.Dispose();
        if (!_started)
            return;
        await RunAsync("stop", _folder);
        var run = System.IO.Directory.GetParent(_folder)!;
        if (run.Exists)
            run.Delete();
    }

    async Task MakeCertificateAsync()
    {
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(Authority)!);
        var (certificate, key) = _authority.Issue("localhost");
        await File.WriteAllTextAsync(Authority, _authority.Pem);
        await File.WriteAllTextAsync(Path.Combine(_folder, "tls", "certificate.pem"), certificate);
        await File.WriteAllTextAsync(Path.Combine(_folder, "tls", "key.pem"), key);
    }

    static async Task<string> RunAsync(params string[] arguments)
    {
        using var script = Process.Start(new ProcessStartInfo(s_script, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, errors) = (script.StandardOutput.ReadToEndAsync(), script.StandardError.ReadToEndAsync());
        await script.WaitForExitAsync();
        Assert.True(script.ExitCode == 0, $"{string.Join(' ', arguments)}: {await errors}");
        return await output;
    }

    sealed class Turn(SemaphoreSlim one) : IDisposable
    {
        public void Dispose() => one.Release();
    }
}

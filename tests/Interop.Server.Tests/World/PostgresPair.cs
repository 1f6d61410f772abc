using System.Diagnostics;

namespace Interop.Server.Tests.World;

/// <summary>
/// A PostgreSQL primary and its synchronous standby of this test's own, to be ended and begun again (<c>tests/services/postgres-pair</c>).
/// One at a time: for tests of the weather.
/// </summary>
internal sealed class PostgresPair : IAsyncDisposable
{
    static readonly string s_folder = Path.Combine(
        Environment.GetEnvironmentVariable("INTEROP_TEST_SERVICES") ?? Path.Combine(Repository.Root, "artifacts", "test-services"), "postgres-pair");

    static readonly string? s_missing = new PostgreSqlStorage().Missing;

    /// <summary>Names both servers, and asks for the one that is the primary.</summary>
    readonly string _connectionString;

    PostgresPair(string connectionString) => _connectionString = connectionString;

    public static async Task<PostgresPair> StartAsync()
    {
        Assert.SkipWhen(s_missing is not null, s_missing ?? "");
        return new(await RunAsync("start", s_folder));
    }

    /// <summary>A database that is about to be made on it.</summary>
    /// <param name="settings">Of the driver, beside the address.</param>
    public PostgreSqlStorage NewStorage(string settings = "") => new(settings, _connectionString);

    /// <param name="mode">smart, fast or immediate, as <c>pg_ctl</c> has them; kill: SIGKILL to the postmaster.</param>
#pragma warning disable CA1822 // the pair's, though there is one at a time
    public Task EndAsync(string server, string mode) => RunAsync("end", s_folder, server, mode);

    public Task BeginAsync(string server) => RunAsync("begin", s_folder, server);

    /// <summary>The standby becomes the primary.</summary>
    public Task PromoteAsync() => RunAsync("promote", s_folder);

#pragma warning restore CA1822

    public async ValueTask DisposeAsync() => await RunAsync("stop", s_folder);

    static async Task<string> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(Repository.Root, "tests", "services", "postgres-pair"), arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var script = Process.Start(start)!;
        var (output, errors) = (script.StandardOutput.ReadToEndAsync(), script.StandardError.ReadToEndAsync());
        await script.WaitForExitAsync();
        Assert.True(script.ExitCode == 0, $"postgres-pair {string.Join(' ', arguments)}: {await errors}");
        return (await output).Trim();
    }
}

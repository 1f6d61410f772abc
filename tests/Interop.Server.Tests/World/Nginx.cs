using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Interop.Server.Tests.World;

/// <summary>
/// nginx with a configuration of deploy/nginx, on loopback. What it is told beside that is what Debian tells it: above all a log of
/// accesses and one of errors, unless the configuration says otherwise.
/// </summary>
public sealed class Nginx : IAsyncDisposable
{
    static readonly string? s_program = $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin".Split(':').Select(p => Path.Combine(p, "nginx")).FirstOrDefault(File.Exists);

    readonly string _folder;
    readonly Process _process;

    Nginx(string folder, Process process) => (_folder, _process) = (folder, process);

    /// <summary>Everything that it wrote to files, logs and what it keeps of bodies and answers.</summary>
    public string Written => string.Join('\n', System.IO.Directory.GetFiles(_folder, "*", SearchOption.AllDirectories).Select(File.ReadAllText));

    /// <param name="file">In deploy/nginx.</param>
    /// <param name="changes">What an operator changes in it; each must stand in it.</param>
    /// <param name="port">Where it listens then.</param>
    public static async Task<Nginx> StartAsync(string file, int port, params (string From, string To)[] changes)
    {
        Assert.SkipWhen(s_program is null, "No nginx on this machine: run tests/services/nginx, or tests/run, which installs it.");
        var folder = System.IO.Directory.CreateTempSubdirectory("interop-nginx-").FullName;
        var text = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "deploy", "nginx", file));
        foreach (var (from, to) in changes)
        {
            Assert.Contains(from, text, StringComparison.Ordinal);
            text = text.Replace(from, to, StringComparison.Ordinal);
        }
        var temporary = string.Concat(((string[])["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]).Select(t => $"{t}_temp_path {folder}/{t};\n"));
        await File.WriteAllTextAsync(Path.Combine(folder, "nginx.conf"),
            $"daemon off;\nmaster_process off;\npid {folder}/pid;\nerror_log {folder}/error.log info;\nevents {{ }}\nhttp {{\naccess_log {folder}/access.log;\n{temporary}{text}}}\n");
        var start = new ProcessStartInfo(s_program!, ["-p", folder, "-e", $"{folder}/error.log", "-c", $"{folder}/nginx.conf"]) { RedirectStandardError = true, RedirectStandardOutput = true };
        var nginx = new Nginx(folder, Process.Start(start)!);
        try
        {
            await Eventually.HoldsAsync("nginx listens", async () =>
            {
                Assert.False(nginx._process.HasExited, $"nginx refuses {file}: {nginx.Written}");
                using var socket = new TcpClient();
                try
                {
                    await socket.ConnectAsync(IPAddress.Loopback, port);
                    return true;
                }
                catch (SocketException)
                {
                    return false;
                }
            });
            return nginx;
        }
        catch
        {
            await nginx.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        System.IO.Directory.Delete(_folder, recursive: true);
    }
}

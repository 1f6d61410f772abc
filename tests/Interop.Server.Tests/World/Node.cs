using System.Diagnostics;

namespace Interop.Server.Tests.World;

/// <summary>Clients that others wrote, under <c>tests/node</c>: <c>tests/services/node</c> installs them.</summary>
public static class Node
{
    static readonly string s_scripts = Path.Combine(Root(), "tests", "node");

    /// <summary>Runs a script against an exchange; everything that it checks must hold.</summary>
    public static async Task HoldsAsync(string script, Exchange exchange)
    {
        Assert.SkipUnless(System.IO.Directory.Exists(Path.Combine(s_scripts, "node_modules")), "No Node clients: run tests/services/node, or tests/run, which does.");
        var start = new ProcessStartInfo("node", [script, exchange.Http.BaseAddress!.AbsoluteUri]) { WorkingDirectory = s_scripts, RedirectStandardOutput = true, RedirectStandardError = true };
        using var node = Process.Start(start)!;
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        try
        {
            var (output, errors) = (node.StandardOutput.ReadToEndAsync(deadline.Token), node.StandardError.ReadToEndAsync(deadline.Token));
            await node.WaitForExitAsync(deadline.Token);
            Assert.True(node.ExitCode == 0, $"{await output}{await errors}");
        }
        finally
        {
            if (!node.HasExited)
                node.Kill(entireProcessTree: true);
        }
    }

    public static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Interop.sln")))
                return folder.FullName;
        throw new InvalidOperationException("The tests run inside a clone of the repository.");
    }
}

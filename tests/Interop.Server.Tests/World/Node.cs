using System.Diagnostics;

namespace Interop.Server.Tests.World;

/// <summary>Clients that others wrote, under <c>tests/node</c>: <c>tests/services/node</c> installs them.</summary>
public static class Node
{
    static readonly string s_scripts = Path.Combine(Root(), "tests", "node");

    /// <summary>Runs a script against an exchange; everything that it checks must hold.</summary>
    public static Task HoldsAsync(string script, Exchange exchange) => HoldsAsync(script, exchange.Http.BaseAddress!.AbsoluteUri);

    /// <summary>The same, with arguments.</summary>
    public static async Task HoldsAsync(string script, params string[] arguments)
    {
        using var node = Start(script, arguments);
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

    /// <summary>A script that runs beside the test, until its standard input is closed or it is killed.</summary>
    public static Process Start(string script, params string[] arguments)
    {
        Assert.SkipUnless(System.IO.Directory.Exists(Path.Combine(s_scripts, "node_modules")), "No Node clients: run tests/services/node, or tests/run, which does.");
        return Process.Start(new ProcessStartInfo("node", [script, .. arguments]) { WorkingDirectory = s_scripts, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
    }

    /// <summary>The clone that the tests run in.</summary>
    public static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Interop.sln")))
                return folder.FullName;
        throw new InvalidOperationException("The tests run inside a clone of the repository.");
    }
}

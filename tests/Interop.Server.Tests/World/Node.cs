using System.Diagnostics;

namespace Interop.Server.Tests.World;

/// <summary>Clients that others wrote, under <c>tests/node</c>: <c>tests/services/node</c> installs them.</summary>
public static class Node
{
    static readonly string s_scripts = Path.Combine(Repository.Root, "tests", "node");

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
    public static Process Start(string script, params string[] arguments) => Start(script, [], arguments);

    /// <summary>The same, with variables of its environment.</summary>
    public static Process Start(string script, IReadOnlyList<(string Name, string Value)> environment, params string[] arguments)
    {
        Assert.SkipUnless(System.IO.Directory.Exists(Path.Combine(s_scripts, "node_modules")), "No Node clients: run tests/services/node, or tests/run, which does.");
        var start = new ProcessStartInfo("node", [script, .. arguments]) { WorkingDirectory = s_scripts, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }
}

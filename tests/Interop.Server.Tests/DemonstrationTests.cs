using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Interop.Server.Tests.World;
using Interop.Tests.Contracts;

namespace Interop.Server.Tests;

/// <summary>What a newcomer runs first: the program itself, as a process.</summary>
public sealed partial class DemonstrationTests : IDisposable
{
    readonly string _data = System.IO.Directory.CreateTempSubdirectory("interop-demo-").FullName;

    [Fact]
    public async Task It_plays_one_referral_and_can_be_played_again_on_the_same_data()
    {
        var first = await RunAsync("demo", "--once", "--urls", "http://127.0.0.1:0");
        Assert.True(first.Exit == 0, first.Said);
        var second = await RunAsync("demo", "--once", "--urls", "http://127.0.0.1:0");
        Assert.True(second.Exit == 0, second.Said);

        Assert.Contains("The auditor reads who was told what of her", first.Said, StringComparison.Ordinal);
        Assert.Contains("prohíbe el uso o la divulgación no autorizados", first.Said, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', first.Said); // redirected: plain
        Assert.NotEqual(Matter().Match(first.Said).Value, Matter().Match(second.Said).Value);
    }

    [Fact]
    public async Task It_says_which_address_is_taken_and_how_to_choose_another()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var address = $"http://127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}";

        var (exit, said) = await RunAsync("demo", "--urls", address);

        Assert.Equal(1, exit);
        Assert.Contains(address, said, StringComparison.Ordinal);
        Assert.Contains("--urls", said, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://0.0.0.0:0")]
    [InlineData("http://*:0")]
    [InlineData("http://[::]:0")]
    public async Task It_is_not_offered_to_other_machines_unless_told_so(string address)
    {
        var (exit, said) = await RunAsync("demo", "--once", "--urls", address);

        Assert.Equal(1, exit);
        Assert.Contains("Demo:AllowRemote", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_goes_on_serving_until_it_is_interrupted_and_then_ends_well()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no SIGINT to send.");
        using var demo = Start("demo", "--urls", "http://127.0.0.1:0");
        var said = new List<string>();
        while (await demo.StandardOutput.ReadLineAsync() is { } line && !line.Contains("Ctrl-C", StringComparison.Ordinal))
            said.Add(line);
        Assert.Contains(said, l => l.Contains("/swagger", StringComparison.Ordinal));

        using (var kill = Process.Start("kill", ["-INT", demo.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        try
        {
            await demo.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            demo.Kill();
            Assert.Fail("It did not end. A program that is started where SIGINT is ignored, as by `tests/run &` in a script, ignores it too.");
        }

        Assert.Equal(0, demo.ExitCode);
    }

    public void Dispose() => System.IO.Directory.Delete(_data, recursive: true);

    async Task<(int Exit, string Said)> RunAsync(params string[] args)
    {
        using var run = Start(args);
        var (said, erred) = (run.StandardOutput.ReadToEndAsync(), run.StandardError.ReadToEndAsync());
        await run.WaitForExitAsync();
        return (run.ExitCode, await said + await erred);
    }

    Process Start(params string[] args)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Interop.Server.dll"), .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["INTEROP_DATA"] = Path.Combine(_data, "data");
        return Process.Start(start)!;
    }

    [GeneratedRegex(@"01073-\d{4}-[0-9a-f]{8}")]
    private static partial Regex Matter();
}

/// <summary>The walk through that the README shows is run as it stands.</summary>
public sealed partial class ReadmeTests(SqliteExchange shared) : ExchangeTests(shared)
{
    [Fact]
    public async Task The_walk_through_of_the_README_works_as_pasted()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "It is written for bash.");
        var readme = await File.ReadAllTextAsync(Path.Combine(ContractFiles.Root, "..", "README.md"));
        var walk = Walk().Match(readme).Groups["commands"].Value;
        var start = new ProcessStartInfo("bash", ["-euo", "pipefail", "-c", walk]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["INTEROP"] = Exchange.Http.BaseAddress!.ToString().TrimEnd('/');
        using var bash = Process.Start(start)!;
        var (said, erred) = (bash.StandardOutput.ReadToEndAsync(), bash.StandardError.ReadToEndAsync());
        await bash.WaitForExitAsync();

        Assert.True(bash.ExitCode == 0, await said + await erred);
        Assert.Equal("accepted", (await said).TrimEnd().Split('\n')[^1]);
    }

    [GeneratedRegex("```bash walk\n(?<commands>.+?)```", RegexOptions.Singleline)]
    private static partial Regex Walk();
}

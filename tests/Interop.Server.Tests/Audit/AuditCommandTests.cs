using System.Diagnostics;
using System.Text.Json.Nodes;
using Interop.AuditLog;
using Interop.Server.AuditTools;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Audit;

/// <summary>What an auditor runs on a machine of their own.</summary>
public sealed class AuditCommandTests(SqliteExchange shared) : ExchangeTests(shared)
{
    readonly DirectoryInfo _folder = System.IO.Directory.CreateTempSubdirectory("interop-auditor-");

    [Fact]
    public async Task Verify_reads_the_log_at_its_address_and_keeps_what_it_saw()
    {
        var exchange = await FilledAsync();
        var state = File("state");
        var (exit, said) = await RunAsync("audit", "verify", exchange.Log(), "--state", state);
        Assert.Equal(0, exit);
        Assert.Contains("a key taken on trust", said, StringComparison.Ordinal);
        Assert.Contains("it holds.", said, StringComparison.Ordinal);
        await exchange.FillAsync(10);
        await exchange.BuildAsync();
        (exit, said) = await RunAsync("audit", "verify", exchange.Log() + "/", "--state", state);
        Assert.Equal(0, exit);
        Assert.Contains("the key that was trusted the last time", said, StringComparison.Ordinal);
        Assert.Contains("are all there, unchanged", said, StringComparison.Ordinal);

        // Another log at the same address, with another key.
        var other = await FilledAsync();
        (exit, said) = await RunAsync("audit", "verify", other.Log(), "--state", state);
        Assert.Equal(1, exit);
        Assert.Contains("WRONG", said, StringComparison.Ordinal);
        Assert.Contains("not signed by a key that is trusted", said, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync("audit", "verify", exchange.Log(), "--state", state)).Exit); // what was kept is kept
    }

    [Fact]
    public async Task Software_reads_the_same_as_JSON()
    {
        var exchange = await FilledAsync();
        var key = (await exchange.VerifyAsync()).SignedBy[0].ToString();
        var (exit, said) = await RunAsync("audit", "verify", exchange.Log(), "--key", key, "--json");
        Assert.Equal(0, exit);
        var json = JsonNode.Parse(said)!;
        Assert.True((bool)json["holds"]!);
        Assert.Equal(await exchange.SignedAsync(), (long)json["size"]!);
        Assert.Equal(key, json["signedBy"]![0]!.ToString());
        Assert.Empty(json["findings"]!.AsArray());
    }

    [Fact]
    public async Task A_mirror_is_a_log_that_verifies_by_itself_and_names_what_changed()
    {
        var exchange = await FilledAsync(300);
        var mirror = File("mirror");
        Assert.Equal(0, (await RunAsync("audit", "mirror", exchange.Log(), mirror)).Exit);
        await exchange.FillAsync(300);
        await exchange.BuildAsync();
        var (exit, said) = await RunAsync("audit", "mirror", exchange.Log(), mirror);
        Assert.Equal(0, exit);
        Assert.Contains("Taken in", said, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync("audit", "verify", mirror)).Exit);

        var bundle = Path.Combine(mirror, "tile", "entries", "001");
        var bytes = await System.IO.File.ReadAllBytesAsync(bundle);
        bytes[34 * 3 + 9] ^= 1;
        await System.IO.File.WriteAllBytesAsync(bundle, bytes);
        (exit, said) = await RunAsync("audit", "verify", mirror);
        Assert.Equal(1, exit);
        Assert.Contains("The first entry that is wrong: 259.", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_export_is_verified_offline_and_against_the_log()
    {
        var exchange = await FilledAsync();
        var export = File("export.ndjson");
        await System.IO.File.WriteAllTextAsync(export, await exchange.ExportAsync());
        await exchange.FillAsync(20);
        await exchange.BuildAsync();
        var (exit, said) = await RunAsync("audit", "verify", export);
        Assert.Equal(0, exit);
        Assert.Contains("a key taken on trust", said, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync("audit", "verify", export, "--log", exchange.Log())).Exit);

        // An export under the same key, of a log that was shown to nobody else.
        var other = await StartAsync(new());
        foreach (var key in System.IO.Directory.GetFiles(exchange.Keys, "audit-signing*"))
            System.IO.File.Copy(key, Path.Combine(System.IO.Directory.CreateDirectory(other.Keys).FullName, Path.GetFileName(key)));
        await other.FillAsync(30);
        await other.BuildAsync();
        await System.IO.File.WriteAllTextAsync(export, await other.ExportAsync());
        Assert.Equal(0, (await RunAsync("audit", "verify", export)).Exit);
        (exit, said) = await RunAsync("audit", "verify", export, "--log", exchange.Log());
        Assert.Equal(1, exit);
        Assert.Contains("does not begin with", said, StringComparison.Ordinal);

        await System.IO.File.WriteAllTextAsync(export, (await exchange.ExportAsync()).Replace("referral.read", "referral.list", StringComparison.Ordinal));
        (exit, said) = await RunAsync("audit", "verify", export);
        Assert.Equal(1, exit);
        Assert.Contains("The first entry that is wrong: ", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "audit")]
    [InlineData(2, "audit", "verify")]
    [InlineData(2, "audit", "verfy", "x")]
    [InlineData(2, "audit", "verify", "a", "b")]
    [InlineData(2, "audit", "verify", ".", "--colour")]
    [InlineData(2, "audit", "verify", ".", "--key")]
    [InlineData(2, "audit", "verify", ".", "--key", "x")]
    [InlineData(2, "audit", "verify", ".", "--quorum", "1")]
    [InlineData(2, "audit", "verify", ".")] // no key anywhere
    [InlineData(2, "audit", "mirror", "x")]
    [InlineData(3, "audit", "verify", "there-is-no-such-thing")]
    [InlineData(3, "audit", "verify", "http://127.0.0.1:1/audit/log")]
    public async Task What_cannot_be_done_is_said_by_the_exit_code_and_in_words(int expected, params string[] command)
    {
        var (exit, said) = await RunAsync(command);
        Assert.Equal(expected, exit);
        Assert.NotEmpty(said);
        Assert.DoesNotContain("   at ", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_program_itself_verifies_and_witnesses_without_a_database()
    {
        var exchange = await FilledAsync();
        var vkey = (await exchange.VerifyAsync()).SignedBy[0].ToString();
        using var verify = Start("audit", "verify", exchange.Log(), "--key", vkey);
        await verify.WaitForExitAsync();
        Assert.Equal(0, verify.ExitCode);

        using var witness = Start("witness", "--log", vkey, "--key", File("witness.key"), "--state", File("witness.state"), "--name", "witness.example", "--urls", "http://127.0.0.1:0");
        try
        {
            string? key = null, address = null;
            using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(1));
            while (address is null && await witness.StandardOutput.ReadLineAsync(deadline.Token) is { } line)
                (key, address) = (line.StartsWith("Verifier key ", StringComparison.Ordinal) ? line[13..] : key, line.StartsWith("Now listening on: ", StringComparison.Ordinal) ? line[18..] : null);
            var note = await exchange.CheckpointAsync();
            using var http = new HttpClient();
            using var answer = await http.PostAsync($"{address}/add-checkpoint", new StringContent(new AddCheckpoint(0, [], note).ToString()));
            Assert.Equal(200, (int)answer.StatusCode);
            var line2 = NoteSignature.Parse((await answer.Content.ReadAsStringAsync()).TrimEnd('\n'));
            Assert.Equal([VerifierKey.Parse(key!)], (note with { Signatures = [line2] }).Verified([VerifierKey.Parse(key!)]));
        }
        finally
        {
            witness.Kill();
            await witness.WaitForExitAsync();
        }
        Assert.Contains("\\n", await System.IO.File.ReadAllTextAsync(File("witness.state")), StringComparison.Ordinal);
        using var usage = Start("witness");
        await usage.WaitForExitAsync();
        Assert.Equal(2, usage.ExitCode);
    }

    string File(string name) => Path.Combine(_folder.FullName, name);

    async Task<Exchange> FilledAsync(int count = 30)
    {
        var exchange = await StartAsync(new());
        await exchange.FillAsync(count);
        await exchange.BuildAsync();
        return exchange;
    }

    static async Task<(int Exit, string Said)> RunAsync(params string[] command)
    {
        using var said = new StringWriter();
        return (await AuditCommands.RunAsync(command, said, said, CancellationToken.None), said.ToString());
    }

    static Process Start(params string[] command) => Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Interop.Server.dll"), .. command])
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;
}

using System.Diagnostics;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Consent;

/// <summary>
/// The protocol of P3, searched in every interleaving (<c>tests/models/revocation.pml</c>): it holds, and it would not without any
/// one of its rules.
/// </summary>
public sealed class RevocationModelTests
{
    const int Depth = 3_000_000;

    [Fact]
    public async Task No_permitted_disclosure_commits_on_a_consent_that_has_ended_and_nothing_waits_for_ever() =>
        Assert.Null(await FaultAsync("SAFETY"));

    [Fact]
    public async Task Whoever_revokes_is_answered_however_many_read() =>
        Assert.Null(await FaultAsync("LIVENESS"));

    [Theory]
    [InlineData("SAFETY", "NO_LOCK", "assertion violated")]
    [InlineData("SAFETY", "DECIDED_BEFORE", "assertion violated")]
    [InlineData("SAFETY", "ACKNOWLEDGED_BEFORE", "assertion violated")]
    [InlineData("SAFETY", "SENT_BEFORE", "assertion violated")]
    [InlineData("SAFETY", "ANY_ORDER", "invalid end state")]
    [InlineData("SAFETY", "ROW_FIRST", "invalid end state")]
    [InlineData("LIVENESS", "OVERTAKING", "acceptance cycle")]
    public async Task Without_one_of_its_rules_the_search_finds_the_harm(string what, string without, string harm) =>
        Assert.Contains(harm, await FaultAsync(what, without), StringComparison.Ordinal);

    /// <summary>Searches the whole model. null: nothing was found, and nothing left unsearched.</summary>
    static async Task<string?> FaultAsync(string what, string? without = null)
    {
        Assert.SkipUnless(Installed("spin") && Installed("gcc"), "No model checker: run tests/services/spin, or tests/run, which does.");
        var folder = System.IO.Directory.CreateTempSubdirectory("interop-model-");
        try
        {
            File.Copy(Path.Combine(Repository.Root, "tests", "models", "revocation.pml"), Path.Combine(folder.FullName, "model.pml"));
            var live = what == "LIVENESS";
            await RunAsync(folder, "spin", ["-a", .. live ? ["-DLIVENESS"] : Array.Empty<string>(), .. without is null ? [] : new[] { $"-D{without}" }, "model.pml"]);
            await RunAsync(folder, "gcc", ["-O2", "-DCOLLAPSE", .. live ? ["-DNFAIR=2"] : new[] { "-DSAFETY" }, "-o", "pan", "pan.c"]);
            var found = await RunAsync(folder, Path.Combine(folder.FullName, "pan"), [$"-m{Depth}", .. live ? ["-a", "-f"] : Array.Empty<string>()]);
            Assert.DoesNotContain("max search depth too small", found, StringComparison.Ordinal);
            if (found.Contains("errors: 0", StringComparison.Ordinal))
                return null;
            return found.Split('\n').FirstOrDefault(l => l.StartsWith("pan:1:", StringComparison.Ordinal)) ?? $"The search did not end: {found}";
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    static bool Installed(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(p => File.Exists(Path.Combine(p, program)));

    static async Task<string> RunAsync(DirectoryInfo folder, string program, IEnumerable<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder.FullName, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        var said = await output + await errors;
        Assert.True(process.ExitCode == 0 || program.EndsWith("pan", StringComparison.Ordinal), said);
        return said;
    }
}

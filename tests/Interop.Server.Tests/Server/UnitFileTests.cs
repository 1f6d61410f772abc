using System.Diagnostics;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Server;

/// <summary>The unit files, read by systemd's own checker.</summary>
public sealed class UnitFileTests : IDisposable
{
    readonly string _root = System.IO.Directory.CreateTempSubdirectory("interop-units-").FullName;

    public UnitFileTests()
    {
        var units = System.IO.Directory.CreateDirectory(Path.Combine(_root, "etc", "systemd", "system")).FullName;
        foreach (var unit in System.IO.Directory.GetFiles(Path.Combine(Repository.Root, "deploy", "systemd"), "*.service"))
            File.Copy(unit, Path.Combine(units, Path.GetFileName(unit)));
        foreach (var target in (string[])["sysinit", "basic", "shutdown", "network-online", "multi-user"])
            File.WriteAllText(Path.Combine(units, target + ".target"), "[Unit]\nDescription=there\n");
        var program = System.IO.Directory.CreateDirectory(Path.Combine(_root, "opt", "interop", "current")).FullName;
        File.Copy("/bin/true", Path.Combine(program, "Interop.Server"));
    }

    public void Dispose() => System.IO.Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData("interop.service")]
    [InlineData("interop@worker.service")]
    public async Task A_unit_is_what_systemd_understands_and_confines_the_program(string unit)
    {
        Assert.Equal((0, ""), await AnalyzeAsync("verify", $"--root={_root}", $"/etc/systemd/system/{unit}"));
        var (exit, said) = await AnalyzeAsync("security", "--offline=true", "--threshold=20", $"--root={_root}", unit); // of 100; 92 is a unit that says nothing
        Assert.True(exit == 0, said);
    }

    [Fact]
    public void Both_units_confine_it_alike()
    {
        Assert.Equal(Confinement("interop.service"), Confinement("interop@.service"));

        static string Confinement(string unit) => File.ReadAllText(Path.Combine(Repository.Root, "deploy", "systemd", unit)) is var text ? text[text.IndexOf("# Data and keys", StringComparison.Ordinal)..] : "";
    }

    static async Task<(int Exit, string Said)> AnalyzeAsync(params string[] args)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/systemd-analyze"), "No systemd-analyze: install systemd.");
        using var run = Process.Start(new ProcessStartInfo("systemd-analyze", args) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (said, erred) = (run.StandardOutput.ReadToEndAsync(), run.StandardError.ReadToEndAsync());
        await run.WaitForExitAsync();
        return (run.ExitCode, await said + await erred);
    }
}

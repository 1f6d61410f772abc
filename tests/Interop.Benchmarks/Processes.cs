using System.Diagnostics;
using System.Globalization;

namespace Interop.Benchmarks;

/// <summary>A program under measurement, or beside it.</summary>
internal sealed class Child : IAsyncDisposable
{
    readonly Process _process;

    Child(Process process) => _process = process;

    public int Id => _process.Id;

    public StreamReader Output => _process.StandardOutput;

    public static Child Start(string program, IEnumerable<string> args, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, args) { RedirectStandardOutput = true, WorkingDirectory = Path.GetTempPath() };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return new(Process.Start(start)!);
    }

    /// <summary>Reads its output away, so that it never waits for a reader.</summary>
    public Child Unheard()
    {
        _ = Output.BaseStream.CopyToAsync(Stream.Null);
        return this;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}

/// <summary>What the kernel counts of processes. Of processor time, unlike of rates, others on the machine take nothing.</summary>
internal static class Proc
{
    static readonly double s_tick = TimeSpan.FromSeconds(1).TotalMicroseconds / 100; // USER_HZ

    /// <summary>Microseconds of processor time that a process and its threads took.</summary>
    public static double Cpu(int pid) => Stat(pid) is { } s ? (s.User + s.System) * s_tick : 0;

    /// <summary>The same of a whole PostgreSQL: its children, those that ended included.</summary>
    public static double CpuOfServer(int postmaster) =>
        (Stat(postmaster) is { } p ? p.Ended + p.User + p.System : 0) * s_tick
        + System.IO.Directory.EnumerateDirectories("/proc").Select(d => int.TryParse(Path.GetFileName(d), out var pid) ? Stat(pid) : null)
            .Sum(s => s is { } child && child.Parent == postmaster ? (child.User + child.System) * s_tick : 0);

    public static int Parent(int pid) => Stat(pid)!.Value.Parent;

    /// <summary>Mebibytes resident.</summary>
    public static double Memory(int pid) => Status(pid, "VmRSS:");

    public static double PeakMemory(int pid) => Status(pid, "VmHWM:");

    static double Status(int pid, string name) =>
        File.ReadLines($"/proc/{pid}/status").First(l => l.StartsWith(name, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, .., var kilobytes, _]
            ? double.Parse(kilobytes, CultureInfo.InvariantCulture) / 1024 : 0;

    static (int Parent, long User, long System, long Ended)? Stat(int pid)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{pid}/stat");
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' '); // the name may hold anything
            long Field(int n) => long.Parse(fields[n - 3], CultureInfo.InvariantCulture); // numbered as in proc(5)
            return ((int)Field(4), Field(14), Field(15), Field(16) + Field(17));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // it has ended
        }
    }
}

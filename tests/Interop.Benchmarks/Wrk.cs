using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Interop.Benchmarks;

/// <summary>What a load came to.</summary>
internal sealed record Load(double PerSecond, double P50, double P99)
{
    public static Load Of(List<double> milliseconds, double seconds)
    {
        milliseconds.Sort();
        double At(double share) => milliseconds.Count == 0 ? double.NaN : milliseconds[Math.Min(milliseconds.Count - 1, (int)(milliseconds.Count * share))];
        return new(milliseconds.Count / seconds, At(0.5), At(0.99));
    }
}

/// <summary>
/// Debian's wrk: some four microseconds a request, so that on shared cores it is the server that is measured. Any answer that
/// is no success ends the measurement.
/// </summary>
internal static class Wrk
{
    public static async Task<Load> RunAsync(string url, string script, int seconds)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, script + Report);
            using var wrk = Process.Start(new ProcessStartInfo("wrk", ["-t2", $"-c{Options.Clients}", $"-d{seconds}s", "--timeout", "10s", "-s", file, url]) { RedirectStandardOutput = true })!;
            var said = await wrk.StandardOutput.ReadToEndAsync();
            await wrk.WaitForExitAsync();
            var line = said.Split('\n').LastOrDefault(l => l.StartsWith('{')) ?? throw new InvalidOperationException($"wrk said: {said}");
            var seen = JsonElement.Parse(line);
            double Of(string name) => seen.GetProperty(name).GetDouble();
            return Of("failed") == 0
                ? new(Of("requests") / Of("microseconds") * 1e6, Of("p50") / 1000, Of("p99") / 1000)
                : throw new InvalidOperationException($"{Of("failed").ToString(CultureInfo.InvariantCulture)} of {Of("requests").ToString(CultureInfo.InvariantCulture)} requests to {url} failed.");
        }
        finally
        {
            File.Delete(file);
        }
    }

    const string Report =
        """

        function done(summary, latency, requests)
          local e = summary.errors
          io.write(string.format('{"requests":%d,"microseconds":%d,"failed":%d,"p50":%d,"p99":%d}\n', summary.requests, summary.duration,
            e.connect + e.read + e.write + e.status + e.timeout, latency:percentile(50), latency:percentile(99)))
        end
        """;
}

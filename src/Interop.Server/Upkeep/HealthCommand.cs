using System.Diagnostics;
using System.Globalization;

namespace Interop.Server.Upkeep;

/// <summary><c>health</c>: asks a server on this machine whether it is ready, for where there is no curl: containers, unit files.</summary>
internal static class HealthCommand
{
    public const string Live = "--live";
    public const string Usage = "health [--live] [--url <address>] [--wait <seconds>]";

    static readonly TimeSpan s_answer = TimeSpan.FromSeconds(5);
    static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(200);

    /// <returns>0 ready, 1 not.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        var configuration = InteropServer.NewBuilder(args).Configuration;
        var wait = configuration["wait"] is not { } text ? 0
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds
            : throw new UsageException($"--wait: '{text}' is no number of seconds.");
        var address = new Uri(Addresses.Reachable(configuration["url"] ?? configuration["urls"]!.Split(';')[0]), args.Contains(Live) ? "/health/live" : "/health/ready");
        var started = Stopwatch.GetTimestamp();
        using var http = new HttpClient { Timeout = s_answer };
        while (true)
        {
            var (ready, said) = await AskAsync(http, address);
            if (ready || Stopwatch.GetElapsedTime(started) >= TimeSpan.FromSeconds(wait))
            {
                await (ready ? Console.Out : Console.Error).WriteLineAsync($"{address}: {said}");
                return ready ? 0 : 1;
            }
            await Task.Delay(s_pause);
        }
    }

    static async Task<(bool Ready, string Said)> AskAsync(HttpClient http, Uri address)
    {
        try
        {
            using var answer = await http.GetAsync(address);
            return (answer.IsSuccessStatusCode, $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return (false, e.Message);
        }
    }
}

using System.Net;
using System.Net.Sockets;

namespace Interop.Benchmarks;

internal static class Http
{
    static readonly TimeSpan s_start = TimeSpan.FromSeconds(60);

    public static string FreeAddress()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
    }

    /// <summary>Returns when it answers 200.</summary>
    public static async Task ReadyAsync(Uri url)
    {
        using var http = new HttpClient();
        using var deadline = new CancellationTokenSource(s_start);
        while (true)
            try
            {
                using var response = await http.GetAsync(url, deadline.Token);
                if (response.IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(5, deadline.Token); // not listening yet
            }
    }
}

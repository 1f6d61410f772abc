using System.Net.Sockets;
using System.Text;

namespace Interop.Server.Tests.World;

/// <summary>HTTP by plain sockets, for callers that behave as no client library does.</summary>
internal static class Wire
{
    static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    public static async Task<Socket> OpenAsync(Exchange exchange)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync("127.0.0.1", exchange.Http.BaseAddress!.Port);
        return socket;
    }

    public static async Task SendAsync(Socket socket, string text)
    {
        try
        {
            await socket.SendAsync(Encoding.ASCII.GetBytes(text));
        }
        catch (SocketException)
        {
            // The other end has closed already: what it said, if anything, is read next.
        }
    }

    public static async Task<string> ReadSomeAsync(Socket socket)
    {
        using var deadline = new CancellationTokenSource(s_patience);
        var (buffer, text) = (new byte[16 * 1024], "");
        while (!text.EndsWith("\r\n0\r\n\r\n", StringComparison.Ordinal)) // the last chunk may come by itself
        {
            var read = await socket.ReceiveAsync(buffer, deadline.Token);
            if (read == 0)
                break;
            text += Encoding.ASCII.GetString(buffer, 0, read);
        }
        return text;
    }

    public static async Task<string> ToTheEndAsync(Socket socket)
    {
        using var deadline = new CancellationTokenSource(s_patience);
        var (buffer, text) = (new byte[16 * 1024], new StringBuilder());
        try
        {
            int read;
            while ((read = await socket.ReceiveAsync(buffer, deadline.Token)) > 0)
                text.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }
        catch (SocketException)
        {
            // A reset is an end too.
        }
        return text.ToString();
    }
}

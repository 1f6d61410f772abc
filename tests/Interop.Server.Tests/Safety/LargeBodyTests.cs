using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Safety;

/// <summary>
/// Who sends more than is taken is answered, not cut off: here by a caller that sends all it has before it listens, as many
/// libraries do, and fails if the server does not let it.
/// </summary>
public sealed class LargeBodyTests(SqliteExchange shared) : ExchangeTests(shared)
{
    const int Sent = 12 * 1024 * 1024;
    const string Form = "application/x-www-form-urlencoded";

    /// <summary>Door, method, path, media type, whether it proves who calls; the answer's status, media type and what names the fault.</summary>
    public static TheoryData<string, string, string, bool, int, string, string> Doors => new()
    {
        { "POST", "/v1/referrals", "application/json", true, 413, "application/problem+json", "urn:interop:problem:payload-too-large" },
        { "POST", "/v1/subscriptions", "application/json", true, 413, "application/problem+json", "urn:interop:problem:payload-too-large" },
        { "PUT", "/fhir/Task/00000000-0000-7000-8000-000000000000", "application/fhir+json", true, 413, "application/fhir+json", "too-long" },
        { "POST", "/fhir/Task/_search", Form, true, 413, "application/fhir+json", "too-long" },
        { "POST", "/connect/token", Form, false, 413, "application/json", "invalid_request" },
        // Nobody looks at these bodies.
        { "POST", "/v1/referrals", "application/json", false, 401, "application/problem+json", "urn:interop:problem:unauthenticated" },
        { "PUT", "/fhir/Task/x", "application/fhir+json", false, 401, "application/fhir+json", "login" },
        { "POST", "/v1/nothing", "application/json", true, 404, "application/problem+json", "urn:interop:problem:not-found" },
    };

    [Theory]
    [MemberData(nameof(Doors))]
    public async Task It_is_answered_at_every_door_in_that_doors_words(string method, string path, string type, bool proves, int status, string answered, string fault)
    {
        var credentials = proves ? $"Authorization: Bearer {await new Clinic(Exchange).TokenAsync()}\r\n" : "";
        if (path == "/v1/referrals" && proves)
            credentials = $"Authorization: Bearer {await new Court(Exchange).TokenAsync()}\r\n";
        foreach (var length in new[] { $"Content-Length: {Sent}", "Transfer-Encoding: chunked" })
        {
            var answer = await SendAsync($"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{credentials}Content-Type: {type}\r\nIf-Match: *\r\n{length}\r\nConnection: close\r\n\r\n", length.StartsWith('T'));
            Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
            Assert.Contains($"Content-Type: {answered}", answer, StringComparison.Ordinal);
            Assert.Contains(fault, JsonNode.Parse(answer[answer.IndexOf('{', StringComparison.Ordinal)..(answer.LastIndexOf('}') + 1)])!.ToJsonString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task It_is_told_before_it_sends_if_it_asks()
    {
        using var socket = await Wire.OpenAsync(Exchange);
        var token = await new Court(Exchange).TokenAsync();
        await Wire.SendAsync(socket, $"POST /v1/referrals HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {Sent}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 413 ", await Wire.ToTheEndAsync(socket), StringComparison.Ordinal);
    }

    async Task<string> SendAsync(string head, bool chunked)
    {
        using var socket = await Wire.OpenAsync(Exchange);
        await Wire.SendAsync(socket, head);
        var part = Encoding.ASCII.GetBytes(new string('x', 64 * 1024));
        byte[] piece = chunked ? [.. "10000\r\n"u8, .. part, .. "\r\n"u8] : part;
        for (var sent = 0; sent < Sent; sent += part.Length)
            for (var left = piece.AsMemory(); left.Length > 0;)
                left = left[await socket.SendAsync(left, SocketFlags.None)..]; // throws where the other end has closed
        if (chunked)
            await socket.SendAsync("0\r\n\r\n"u8.ToArray(), SocketFlags.None);
        return await Wire.ToTheEndAsync(socket);
    }
}

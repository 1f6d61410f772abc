using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace Interop.Server.Tests.World;

/// <summary>
/// The public door of an exchange, whichever process stands behind it at the moment: calls by the clients of the demonstration
/// world, with tokens that outlive the process that issued them.
/// </summary>
internal sealed class Door(HttpClient http)
{
    static readonly TimeSpan s_tokenAge = TimeSpan.FromMinutes(4);
    readonly ConcurrentDictionary<string, (string Token, DateTimeOffset Since)> _tokens = new();

    public HttpClient Http => http;

    public static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    public Task<Reply> GetAsync(string client, string path) => SendAsync(client, HttpMethod.Get, path, null);

    public Task<Reply> PostAsync(string client, string path, JsonObject body, string? key = null) => SendAsync(client, HttpMethod.Post, path, Party.Json(body.ToJsonString()), key);

    /// <summary>Every item of a list, page by page.</summary>
    public async Task<List<JsonNode>> AllAsync(string client, string path)
    {
        var items = new List<JsonNode>();
        for (string? cursor = null; ;)
        {
            var page = (await GetAsync(client, $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}limit=200{(cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}")}")).Is(200);
            items.AddRange(page.Items);
            if ((cursor = page["next"]) is null)
                return items;
        }
    }

    public async Task<Reply> AskForTokenAsync(string client, string secret)
    {
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["client_id"] = client, ["client_secret"] = secret });
        using var response = await http.PostAsync("/connect/token", form);
        return await Reply.OfAsync(response);
    }

    /// <summary>What the process says of itself; null where nobody listens.</summary>
    public async Task<Reply?> ReadinessAsync()
    {
        try
        {
            using var response = await http.GetAsync("/health/ready");
            return await Reply.OfAsync(response);
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    public async Task<Reply> SendAsync(string client, HttpMethod method, string path, HttpContent? content, string? key = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        request.Headers.Authorization = new("Bearer", await TokenAsync(client));
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        using var response = await http.SendAsync(request);
        return await Reply.OfAsync(response);
    }

    /// <exception cref="HttpRequestException">There is no token to be had now.</exception>
    async Task<string> TokenAsync(string client)
    {
        if (_tokens.TryGetValue(client, out var known) && Now - known.Since < s_tokenAge)
            return known.Token;
        var reply = await AskForTokenAsync(client, $"{client}-secret");
        if (reply["access_token"] is not { } token)
            throw new HttpRequestException($"{reply.Status} {reply.Text}");
        _tokens[client] = (token, Now);
        return token;
    }
}

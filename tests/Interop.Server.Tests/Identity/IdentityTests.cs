using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Identity;

/// <summary>What the tests of the authorization server have in common. A client that fails on purpose is one of its own: failures are counted.</summary>
public abstract class IdentityTests(SharedExchange shared) : ExchangeTests(shared)
{
    protected const string AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    /// <summary>A form to the authorization server; <paramref name="basic"/> is <c>client:secret</c>.</summary>
    protected static async Task<Reply> FormAsync(Exchange exchange, string path, Dictionary<string, string> form, string? basic = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new FormUrlEncodedContent(form) };
        if (basic is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(basic)));
        using var response = await exchange.Http.SendAsync(request);
        return await Reply.OfAsync(response);
    }

    protected static Task<Reply> TokenAsync(Exchange exchange, string client, string secret, string? scope = null) => FormAsync(exchange, "/connect/token", Grant(scope, ("client_id", client), ("client_secret", secret)));

    protected Task<Reply> TokenAsync(string client, string secret, string? scope = null) => TokenAsync(Exchange, client, secret, scope);

    protected static Task<Reply> AssertAsync(Exchange exchange, Assertion assertion, string? scope = null) =>
        AssertAsync(exchange, assertion.ToString(), scope);

    protected static Task<Reply> AssertAsync(Exchange exchange, string assertion, string? scope = null) =>
        FormAsync(exchange, "/connect/token", Grant(scope, ("client_assertion_type", AssertionType), ("client_assertion", assertion)));

    protected static Dictionary<string, string> Grant(string? scope, params (string Name, string Value)[] more)
    {
        var form = more.ToDictionary(m => m.Name, m => m.Value);
        form["grant_type"] = "client_credentials";
        if (scope is not null)
            form["scope"] = scope;
        return form;
    }

    protected static Reply IsInvalidClient(Reply reply)
    {
        Assert.Equal("invalid_client", reply.Is(401)["error"]);
        Assert.Null(reply["access_token"]);
        return reply;
    }

    /// <summary>A client of this organisation, new, with a secret of its own.</summary>
    protected static async Task<(string Id, string Secret)> NewClientAsync(Exchange exchange, string organisation = "centro-esperanza", params string[] scopes)
    {
        var id = A.Unique("client");
        var body = new JsonObject { ["clientId"] = id, ["organisation"] = organisation };
        if (scopes.Length > 0)
            body["scopes"] = new JsonArray([.. scopes.Select(s => (JsonNode)s)]);
        return (id, (await new Party(exchange, "admin").PostAsync("/v1/clients", body)).Is(201)["secret"]!);
    }

    protected static async Task<string> NewClientAsync(Exchange exchange, ClientKey key, string organisation = "centro-esperanza")
    {
        var id = A.Unique("client");
        (await new Party(exchange, "admin").PostAsync("/v1/clients", new JsonObject { ["clientId"] = id, ["organisation"] = organisation, ["jwks"] = ClientKey.Set(key) })).Is(201);
        return id;
    }

    /// <summary>A call that anybody with a token may make.</summary>
    protected static async Task<Reply> UseAsync(Exchange exchange, string token, string path = "/v1/directory/organisations")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Authorization = new("Bearer", token) } };
        using var response = await exchange.Http.SendAsync(request);
        return await Reply.OfAsync(response);
    }

    /// <summary>Asks until it is so; the deadline only ends a test that has failed.</summary>
    protected static async Task<Reply> UntilAsync(int status, Func<Task<Reply>> ask, TimeSpan? patience = null)
    {
        using var deadline = new CancellationTokenSource(patience ?? TimeSpan.FromSeconds(5));
        var reply = await ask();
        while (reply.Status != status && !deadline.IsCancellationRequested)
        {
            await Task.Delay(50);
            reply = await ask();
        }
        return reply.Is(status);
    }
}

using System.Text.Json.Nodes;
using Interop.Audit;
using Interop.Directory;
using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Interop.Identity;

/// <summary>
/// Every failure at /connect: counted against guessing and, where the client exists, in the audit log before the answer leaves.
/// </summary>
internal sealed class ConnectFailures(IHttpContextAccessor accessor, Lockout lockout, IServiceScopeFactory scopes)
{
    sealed record Claimed(string? Client);

    /// <summary>The client that asked has proven itself.</summary>
    public void Proven()
    {
        if (accessor.HttpContext is { } http && http.Items[typeof(Claimed)] is Claimed { Client: { } client })
            lockout.Proven(client, CallerAddress.Of(http));
    }

    public static void Claim(HttpContext http, string? client) => http.Items[typeof(Claimed)] = new Claimed(client);

    public async ValueTask HandleAsync(OpenIddictResponse response, OpenIddictRequest? request)
    {
        if (string.IsNullOrEmpty(response.Error))
            return;
        // A faulty assertion is a client that did not prove itself (RFC 7521 section 4.2.1), not a token that was rejected.
        if (response.Error is Errors.InvalidToken or Errors.InvalidGrant && !string.IsNullOrEmpty(request?.ClientAssertion))
            response.Error = Errors.InvalidClient;
        // Told apart, the two faults of a secret would tell which clients there are.
        if (response.Error is Errors.InvalidClient && string.IsNullOrEmpty(request?.ClientAssertion))
            response.ErrorDescription = "The client is unknown, or did not prove itself.";
        TokenMetrics.Refused.Add("error", TokenMetrics.Known(response.Error!));
        response.ErrorUri = null; // OpenIddict's own pages tell a partner nothing about this server
        if (accessor.HttpContext is not { } http || http.Items[typeof(Claimed)] is not Claimed { Client: { } client })
            return;
        if (response.Error is Errors.InvalidClient) // who asks for a scope that it does not hold guesses no secret
            lockout.Failed(client, CallerAddress.Of(http));
        await AuditAsync(client, response.Error);
    }

    async Task AuditAsync(string clientId, string error)
    {
        if (!Vocabulary.IsSlug(clientId))
            return;
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<Db>();
        if (await db.Clients.AsNoTracking().SingleOrDefaultAsync(c => c.ClientId == clientId) is not { } client)
            return;
        var trail = scope.ServiceProvider.GetRequiredService<Trail>();
        await scope.ServiceProvider.GetRequiredService<Work>().RunAsync<Client>(() =>
        {
            trail.Write(client.Organisation, client.ClientId, null, new(Actions.Create, "client.authenticate", Outcomes.Refused)
            {
                ResourceType = "Client",
                ResourceId = client.ClientId,
                Details = new JsonObject { ["problem"] = error },
            });
            return Task.FromResult<Answer<Client>>(client);
        }, CancellationToken.None);
    }
}

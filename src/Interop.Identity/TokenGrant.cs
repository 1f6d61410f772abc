using System.Security.Claims;
using Interop.Directory;
using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Interop.Identity;

/// <summary>Client credentials, the one grant: decides what the token of an authenticated client says.</summary>
internal sealed class TokenGrant(Db db, Organisations organisations) : IOpenIddictServerHandler<HandleTokenRequestContext>
{
    /// <summary>Where the granted scope waits for the response.</summary>
    public const string Granted = "interop:granted";

    public async ValueTask HandleAsync(HandleTokenRequestContext context)
    {
        var ct = context.CancellationToken;
        if (await db.Clients.AsNoTracking().SingleOrDefaultAsync(c => c.ClientId == context.ClientId && c.DisabledAt == null, ct) is not { } client
            || await organisations.FindAsync(client.Organisation, ct) is not { } organisation)
        {
            context.Reject(Errors.InvalidClient, "The client is not registered.");
            return;
        }
        var granted = ScopeGrant.Narrow(context.Request.GetScopes(), HeldBy(client, organisation.Kind));
        if (granted.Count == 0)
        {
            context.Reject(Errors.InvalidScope, "None of the scopes asked for can be granted to this client.");
            return;
        }
        var identity = new ClaimsIdentity("interop", Claims.Name, Claims.Role);
        identity.SetClaim(Claims.Subject, client.ClientId)
            .SetClaim(Doorkeeper.OrganisationClaim, organisation.Id)
            .SetClaim(Doorkeeper.KindClaim, organisation.Kind.Code)
            .SetClaim(Doorkeeper.LanguageClaim, organisation.Language)
            .SetClaim(ClientStanding.EpochClaim, client.Epoch)
            .SetScopes(granted)
            .SetResources((context.Options.Issuer ?? context.BaseUri)!.AbsoluteUri) // aud: this exchange
            .SetDestinations(_ => [Destinations.AccessToken]);
        context.Transaction.SetProperty(Granted, string.Join(' ', granted));
        context.SignIn(new ClaimsPrincipal(identity));
    }

    /// <summary>A client never holds more than its organisation's kind does, whatever it was registered with.</summary>
    public static IReadOnlyList<string> HeldBy(Client client, OrganisationKind kind) =>
        client.Scopes is { } own ? ScopeGrant.Narrow(own, Platform.Scopes.For(kind)) : Platform.Scopes.For(kind);
}

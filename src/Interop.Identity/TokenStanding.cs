using System.Security.Claims;
using Interop.Audit;
using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using OpenIddict.Validation;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Interop.Identity;

/// <summary>At the API: a sound token counts only while its client does, and shows the claims that the doorkeeper reads.</summary>
internal sealed class TokenStandingAtApi(ClientStanding standing) : IOpenIddictValidationHandler<OpenIddictValidationEvents.ValidateTokenContext>
{
    public async ValueTask HandleAsync(OpenIddictValidationEvents.ValidateTokenContext context)
    {
        if (context.Principal is { } token && !await standing.IsGoodAsync(token, context.CancellationToken))
            context.Reject(Errors.InvalidToken, "The token was revoked, or its client was rotated or disabled.");
    }
}

/// <summary>The same where a token is introspected or revoked.</summary>
internal sealed class TokenStandingAtServer(ClientStanding standing) : IOpenIddictServerHandler<OpenIddictServerEvents.ValidateTokenContext>
{
    public async ValueTask HandleAsync(OpenIddictServerEvents.ValidateTokenContext context)
    {
        if (context.Principal is { } token && token.HasTokenType(TokenTypeIdentifiers.AccessToken) && !await standing.IsGoodAsync(token, context.CancellationToken))
            context.Reject(Errors.InvalidToken, "The token was revoked, or its client was rotated or disabled.");
    }
}

/// <summary>Revocation (RFC 7009): tokens are not stored, so what is kept is which of them ended early, until they would have.</summary>
internal sealed class TokenRevocation(Db db, Work work, Trail trail, ClientStanding standing) : IOpenIddictServerHandler<OpenIddictServerEvents.HandleRevocationRequestContext>
{
    public async ValueTask HandleAsync(OpenIddictServerEvents.HandleRevocationRequestContext context)
    {
        if (context.GenericTokenPrincipal is not { } token || token.GetClaim(Claims.JwtId) is not { Length: > 0 } id || token.GetExpirationDate() is not { } expires)
            return;
        await work.RunAsync<ClaimsPrincipal>(async () =>
        {
            await db.Database.ExecuteSqlAsync($"insert into revoked_tokens (id, expires_at) values ({id}, {db.Time(expires)}) on conflict do nothing", context.CancellationToken);
            trail.Write(token.GetClaim(Doorkeeper.OrganisationClaim)!, token.GetClaim(Claims.ClientId)!, null, new(Actions.Delete, "token.revoke"));
            return token;
        }, context.CancellationToken);
        standing.Forget();
    }
}

using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Interop.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Interop.Identity;

/// <summary>
/// private_key_jwt as SMART App Launch 2.2 "Backend Services" has it, where OpenIddict's own rules are narrower or wider:
/// <c>typ</c> JWT or none, <c>aud</c> the token endpoint, only RS384 and ES384, and only the key that <c>kid</c> names.
/// </summary>
internal sealed class ClientAssertionRules(Db db, PartnerKeys partners) : IOpenIddictServerHandler<ValidateTokenContext>
{
    const string Typ = "client-authentication+jwt";

    public async ValueTask HandleAsync(ValidateTokenContext context)
    {
        if (context.ValidTokenTypes.Count != 1 || !context.ValidTokenTypes.Contains(TokenTypeIdentifiers.Private.ClientAssertion))
            return;
        var rules = context.TokenValidationParameters!;
        rules.ValidAlgorithms = ClientKeys.Algorithms;
        rules.ClockSkew = ClientAssertionsOnce.Skew;
        rules.TryAllIssuerSigningKeys = false; // otherwise an unknown kid means "try every key"
        rules.TypeValidator = (type, _, _) => string.IsNullOrEmpty(type) || type.ToUpperInvariant() is "JWT" or "CLIENT-AUTHENTICATION+JWT"
            ? Typ
            : throw new SecurityTokenInvalidTypeException("Unexpected typ.");
        foreach (var issuer in IssuersOf(context))
        {
            context.ValidAudiences.Add(issuer.AbsoluteUri);
            context.ValidAudiences.Add(issuer.AbsoluteUri.TrimEnd('/'));
            context.ValidAudiences.Add(new Uri(issuer, IdentityPaths.Token).AbsoluteUri);
        }
        var keys = await KeysAsync(context.Token, context.CancellationToken);
        rules.IssuerSigningKeyResolver = (_, _, kid, _) =>
            keys.Where(k => string.IsNullOrEmpty(kid) ? keys.Count == 1 : k.KeyId == kid);
    }

    /// <summary>Without a configured issuer, this machine has several names; a client may have used another of them than we see.</summary>
    static IEnumerable<Uri> IssuersOf(ValidateTokenContext context)
    {
        var issuer = context.Options.Issuer ?? context.BaseUri!;
        yield return issuer;
        if (context.Options.Issuer is null)
            foreach (var host in (string[])["localhost", "127.0.0.1", "[::1]"])
                yield return new UriBuilder(issuer) { Host = host }.Uri;
    }

    async Task<IReadOnlyList<SecurityKey>> KeysAsync(string? token, CancellationToken ct)
    {
        if (UnprovenAssertion.Read(token) is not var (clientId, kid) || await new ClientStore(db).FindByClientIdAsync(clientId, ct) is not { } client)
            return [];
        var set = client switch
        {
            { Jwks: { } jwks } => ClientKeys.Parse(jwks),
            { JwksUri: { } uri } => await partners.GetAsync(uri, kid, ct),
            _ => null,
        };
        return set is null ? [] : [.. ClientKeys.Signing(set)];
    }
}

/// <summary>What an assertion says of itself before anything is proven.</summary>
internal sealed record UnprovenAssertion(string Client, string? Kid)
{
    /// <returns>Null where the text is no token; OpenIddict then refuses it in its own words.</returns>
    public static UnprovenAssertion? Read(string? token)
    {
        try
        {
            var jwt = new JsonWebTokenHandler().ReadJsonWebToken(token);
            return new(jwt.Issuer ?? "", string.IsNullOrEmpty(jwt.Kid) ? null : jwt.Kid);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidOperationException or OverflowException or JsonException or SecurityTokenException)
        {
            return null;
        }
    }
}

/// <summary>An assertion is good once and for five minutes at most. Its id is kept in the database, which all nodes share.</summary>
internal sealed class ClientAssertionsOnce(Db db, Work work) : IOpenIddictServerHandler<ProcessAuthenticationContext>
{
    static readonly TimeSpan s_lifetime = TimeSpan.FromMinutes(5);

    /// <summary>How far a client's clock may be from ours.</summary>
    public static readonly TimeSpan Skew = TimeSpan.FromSeconds(30);

    public async ValueTask HandleAsync(ProcessAuthenticationContext context)
    {
        if (context.ClientAssertionPrincipal is not { } assertion)
            return;
        var expires = assertion.GetExpirationDate();
        var id = assertion.GetClaim(Claims.JwtId);
        if (expires is null || string.IsNullOrEmpty(id))
        {
            context.Reject(Errors.InvalidClient, "The assertion must carry exp and jti.");
            return;
        }
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{context.ClientId ?? assertion.GetClaim(Claims.Subject)}\n{id}")));
        var answer = await work.RunAsync<Judged>(async () =>
        {
            if (expires + Skew < work.Now) // OpenIddict accepts some minutes more
                return new Judged("The assertion has expired.");
            if (long.TryParse(assertion.GetClaim(Claims.NotBefore), out var from) && from > (work.Now + Skew).ToUnixTimeSeconds())
                return new Judged("The assertion is not valid yet."); // RFC 7523 section 3, which OpenIddict leaves unread
            if (expires > work.Now + s_lifetime + Skew)
                return new Judged("The assertion lives longer than five minutes.");
            var until = db.Time(expires.Value + Skew + Skew); // kept beyond the skew within which it would be accepted
            return await db.Database.ExecuteSqlAsync($"insert into client_assertions (id, expires_at) values ({digest}, {until}) on conflict do nothing", context.CancellationToken) == 1
                ? new Judged(null)
                : new Judged("The assertion was used before.");
        }, context.CancellationToken);
        if (answer.Value!.Fault is { } fault)
            context.Reject(Errors.InvalidClient, fault);
    }

    sealed record Judged(string? Fault);
}

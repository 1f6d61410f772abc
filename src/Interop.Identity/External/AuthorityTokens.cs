using System.Security.Claims;
using System.Text.Json;
using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Interop.Identity.External;

/// <summary>
/// Reads tokens that the authority issued. It says who the client is; who the client stands for, of which kind that is and what it
/// may hold, our directory says.
/// </summary>
internal sealed partial class AuthorityTokens(IdentityOptions options, Authority authority, Members members, ILogger<AuthorityTokens> log)
{
    static readonly TimeSpan s_skew = TimeSpan.FromSeconds(30);
    static readonly string[] s_types = ["at+jwt", "application/at+jwt", "JWT"];

    readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false };

    public async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        if (http.Request.Headers.Authorization is [{ } header] && header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
            await ReadAsync(http, header["Bearer ".Length..].Trim(), http.RequestAborted);
        await next(http);
    }

    /// <summary>Whatever is wrong with the token leaves the caller unknown, which the doorkeeper answers with 401.</summary>
    async Task ReadAsync(HttpContext http, string text, CancellationToken ct)
    {
        if (Parse(text) is not { } unproven || !authority.IsIssuer(unproven.Issuer))
            return;
        var kid = string.IsNullOrEmpty(unproven.Kid) ? null : unproven.Kid;
        if (await authority.GetAsync(kid, ct) is not { } published)
        {
            // Perhaps it is sound: that it cannot be looked at is not the caller's fault.
            Doorkeeper.Explain(http, new(503, "unavailable") { RetryAfter = TimeSpan.FromSeconds(5) });
            return;
        }
        var result = await _handler.ValidateTokenAsync(unproven, RulesOf(published, kid));
        if (!result.IsValid)
        {
            Log.NotTaken(log, result.Exception?.GetType().Name ?? "");
            return;
        }
        var client = options.ClientClaims.Select(c => TextOf(unproven, c)).FirstOrDefault(c => c is not null);
        var organisation = options.OrganisationClaim is { Length: > 0 } claim ? TextOf(unproven, claim) : null;
        if (client is null || await members.FindAsync(client, organisation, ct) is not { } member)
        {
            Log.NoMember(log, client ?? "");
            Doorkeeper.Explain(http, new(403, "forbidden", new Fault("", "client.unregistered")));
            return;
        }
        if (member.Client?.DisabledAt is not null)
            return;
        http.User = new(new ClaimsIdentity(
        [
            new(Doorkeeper.OrganisationClaim, member.Organisation.Id),
            new(Doorkeeper.KindClaim, member.Organisation.Kind.Code),
            new(Doorkeeper.LanguageClaim, member.Organisation.Language),
            new(Doorkeeper.ClientClaim, client),
            new(Doorkeeper.ScopeClaim, string.Join(' ', ScopesOf(unproven, member))),
        ], Authority.HttpClientName));
    }

    TokenValidationParameters RulesOf(Published published, string? kid) => new()
    {
        ValidIssuer = published.Issuer,
        ValidAudience = options.ExpectedAudience,
        ValidAlgorithms = options.ValidAlgorithms,
        ValidTypes = null,
        TypeValidator = (type, _, _) => string.IsNullOrEmpty(type) || s_types.Contains(type, StringComparer.OrdinalIgnoreCase)
            ? type ?? ""
            : throw new SecurityTokenInvalidTypeException("Unexpected typ."),
        RequireExpirationTime = true,
        RequireSignedTokens = true,
        ClockSkew = s_skew,
        TryAllIssuerSigningKeys = false, // otherwise an unknown kid means "try every key"
        IssuerSigningKeyResolver = (_, _, _, _) => kid is null ? published.Keys.Count == 1 ? published.Keys : [] : published.Keys.Where(k => k.KeyId == kid),
    };

    /// <summary>What the token says, and the organisation's kind can hold. A token that says nothing holds nothing.</summary>
    IReadOnlyList<string> ScopesOf(JsonWebToken token, Member member)
    {
        var said = token.Claims.Where(c => c.Type == options.ScopeClaim).SelectMany(c => c.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToList();
        return said.Count == 0 ? [] : ScopeGrant.Narrow(said, member.Held);
    }

    static JsonWebToken? Parse(string text)
    {
        try
        {
            return new(text);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidOperationException or OverflowException or JsonException or SecurityTokenException)
        {
            return null;
        }
    }

    static string? TextOf(JsonWebToken token, string claim) =>
        token.TryGetPayloadValue<object>(claim, out var value) && value is string { Length: > 0 and <= 200 } text && !text.Any(char.IsControl) ? text : null;

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Debug, Message = "A token of the authority was not taken: {Reason}.")]
        public static partial void NotTaken(ILogger logger, string reason);

        [LoggerMessage(Level = LogLevel.Information, Message = "The authority vouches for {Client}, which is not registered here, or not for that organisation.")]
        public static partial void NoMember(ILogger logger, string client);
    }
}

using System.Runtime.CompilerServices;
using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Interop.Platform.Http;

/// <summary>What an operation asks of its caller, before anything is looked up: a scope and, where given, a kind.</summary>
internal sealed record Need(string Scope, Func<OrganisationKind, bool>? Kind = null);

/// <summary>Another scope that does as well: two kinds of organisation come by different ones.</summary>
internal sealed record AlsoScope(string Scope);

/// <summary>An operation that anybody may call: it answers nothing about anybody.</summary>
internal sealed record Public;

/// <summary>
/// Stands before every operation: 401 without a valid token, 403 without the scope or the kind. An operation that states neither
/// <see cref="Need"/> nor <see cref="Public"/> is answered to nobody.
/// </summary>
internal static class Doorkeeper
{
    public const string OrganisationClaim = "org";
    public const string KindClaim = "org_kind";
    public const string LanguageClaim = "org_lang";
    public const string ClientClaim = "client_id";
    public const string ScopeClaim = "scope";
    public const string TokenClaim = "jti";

    extension<T>(T endpoints) where T : IEndpointConventionBuilder
    {
        public T Needs(string scope, Func<OrganisationKind, bool>? kind = null) => endpoints.WithMetadata(new Need(scope, kind));

        public T IsPublic() => endpoints.WithMetadata(new Public());
    }

    public static Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        var endpoint = http.GetEndpoint();
        // Routing's own endpoints (405, 415) carry nothing but their status.
        if (endpoint is not RouteEndpoint || endpoint.Metadata.GetMetadata<Public>() is not null)
            return next(http);
        return Refuse(http, endpoint.Metadata.GetMetadata<Need>(), endpoint.Metadata.GetMetadata<AlsoScope>()) is { } refusal
            ? Refusals.WriteAsync(http, refusal)
            : next(http);
    }

    /// <summary>What tokens say of their callers, as long as the tokens are remembered.</summary>
    static readonly ConditionalWeakTable<ClaimsPrincipal, Caller> s_told = [];

    public static Caller? CallerOf(HttpContext http)
    {
        if (http.Items[typeof(Caller)] is Caller known)
            return known;
        if (!s_told.TryGetValue(http.User, out var told))
        {
            if (CallerOf(http.User) is not { } caller)
                return null;
            s_told.AddOrUpdate(http.User, told = caller);
        }
        var actor = http.Request.Headers["Interop-Actor"].ToString();
        var address = http.Connection.RemoteIpAddress;
        var it = told with
        {
            Actor = actor.Length == 0 ? null : actor,
            Address = (address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address)?.ToString(),
        };
        http.Items[typeof(Caller)] = it;
        return it;
    }

    static Caller? CallerOf(ClaimsPrincipal user)
    {
        if (user.Identity?.IsAuthenticated is not true
            || user.FindFirst(OrganisationClaim)?.Value is not { } organisation
            || OrganisationKinds.Parse(user.FindFirst(KindClaim)?.Value) is not { } kind
            || user.FindFirst(ClientClaim)?.Value is not { } client)
            return null;
        var scopes = user.FindAll(ScopeClaim).SelectMany(c => c.Value.Split(' ')).ToHashSet(StringComparer.Ordinal);
        return new(organisation, kind, client, scopes, Actor: null) { Token = user.FindFirst(TokenClaim)?.Value };
    }

    /// <summary>Why a token that was shown makes nobody known, where the answer is not simply 401.</summary>
    public static void Explain(HttpContext http, Refusal refusal) => http.Items[typeof(Doorkeeper)] = refusal;

    public static string OrganisationLanguageOf(HttpContext http) => http.User.FindFirst(LanguageClaim)?.Value ?? "en";

    static Refusal? Refuse(HttpContext http, Need? need, AlsoScope? also)
    {
        if (CallerOf(http) is not { } caller)
            return http.Items[typeof(Doorkeeper)] as Refusal ?? Refusal.Unauthenticated;
        if (need is null)
            return Refusal.Forbidden;
        if (!caller.Scopes.Contains(need.Scope) && !caller.Scopes.Any(s => Covers(s, need.Scope) || s == also?.Scope))
            return new(403, "insufficient-scope", new Fault("", "scope.missing", need.Scope));
        if (need.Kind is { } kind && !kind(caller.Kind))
            return Refusal.Forbidden;
        return caller.Actor is { } actor && (actor.Length > 200 || actor.Any(char.IsControl))
            ? Refusal.Unparsable(new Fault("Interop-Actor", "actor"))
            : null;
    }

    /// <summary>Exact, or for SMART v2 system scopes by permissions: <c>system/Task.rus</c> covers <c>system/Task.r</c>.</summary>
    public static bool Covers(string held, string needed)
    {
        if (held == needed)
            return true;
        if (!held.StartsWith("system/", StringComparison.Ordinal) || !needed.StartsWith("system/", StringComparison.Ordinal))
            return false;
        var (heldType, heldPermissions) = Split(held);
        var (type, permissions) = Split(needed);
        return (heldType == "*" || heldType == type) && permissions.All(heldPermissions.Contains);
    }

    static (string Type, string Permissions) Split(string scope) =>
        scope["system/".Length..].Split('.') is [var type, var permissions] ? (type, permissions) : ("", "");
}

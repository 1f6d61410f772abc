using System.Text.Json;
using Interop.Delivery;
using Interop.Directory;
using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace Interop.Identity;

/// <param name="ClientId">Lower-case letters, digits, hyphens; never used again.</param>
/// <param name="Organisation">For which it acts.</param>
/// <param name="Scopes">Absent: every scope of the organisation's kind.</param>
/// <param name="Jwks">Its public keys (RFC 7517), RS384 or ES384. Without keys a secret is made.</param>
/// <param name="JwksUri">Where it publishes its public keys instead.</param>
internal sealed record ClientInput(string ClientId, string Organisation, IReadOnlyList<string>? Scopes = null, JsonElement? Jwks = null, string? JwksUri = null);

/// <param name="Jwks">New public keys.</param>
/// <param name="JwksUri">Where the new public keys are published. Neither: a new secret is made.</param>
internal sealed record RotationInput(JsonElement? Jwks = null, string? JwksUri = null);

/// <summary>A client. <c>epoch</c> is its ETag.</summary>
/// <param name="Scopes">What its tokens can hold.</param>
/// <param name="Authentication">client_secret or private_key_jwt; authority, where an external issuer knows it.</param>
/// <param name="Secret">Shown once, in the answer to the request that made it, and kept nowhere.</param>
internal sealed record ClientView(
    string ClientId, string Organisation, IReadOnlyList<string> Scopes, string Authentication, JsonElement? Jwks, string? JwksUri,
    int Epoch, DateTimeOffset? DisabledAt, DateTimeOffset CreatedAt, string? Secret) : IVersioned
{
    int IVersioned.Version => Epoch;

    public static ClientView Of(Client c, OrganisationKind kind, IdentityOptions options, string? secret = null) => new(
        c.ClientId, c.Organisation, TokenGrant.HeldBy(c, kind), options.Authority is not null ? "authority" : c.SecretHash is null ? "private_key_jwt" : "client_secret",
        c.Jwks is { } jwks ? JsonElement.Parse(jwks) : null, c.JwksUri, c.Epoch, c.DisabledAt, c.CreatedAt, secret);
}

internal static class ClientsApi
{
    internal static Task<IResult> Create(Call call, ClientRegister register, IdentityOptions options, Db db, Organisations organisations, CancellationToken ct)
    {
        string? secret = null;
        return call.ActAsync<ClientView>(
            async body =>
            {
                secret = null;
                var (id, organisation, scopes, proof) = Fields.Read(body, ReadClient, out var refusal);
                if (refusal is not null)
                    return refusal;
                var added = await register.AddAsync(call.Caller, id, organisation, scopes, proof, ct);
                if (added.Refusal is { } refused)
                    return refused;
                secret = added.Value!.Secret;
                return new Done(201, id, $"/v1/clients/{id}");
            },
            done => ViewAsync(db, options, organisations, done.Subject, secret, ct), ct);
    }

    /// <summary>The old secret or keys, and every token they brought, are cut off at once.</summary>
    internal static async Task<IResult> Rotate(string id, Call call, ClientRegister register, ClientStanding standing, IdentityOptions options, Db db, Organisations organisations, CancellationToken ct)
    {
        string? secret = null;
        var result = await call.ActAsync<ClientView>(
            async body =>
            {
                secret = null;
                if (await register.FindAsync(id, ct) is not { } client)
                    return Refusal.NotFound;
                if (call.CheckVersion(client.Epoch) is { } stale)
                    return stale;
                var proof = Fields.Read(body, ReadProof, out var refusal);
                if (refusal is not null)
                    return refusal;
                var rotated = await register.RotateAsync(call.Caller, client, proof, ct);
                if (rotated.Refusal is { } refused)
                    return refused;
                secret = rotated.Value!.Secret;
                return new Done(200, id);
            },
            done => ViewAsync(db, options, organisations, done.Subject, secret, ct), ct);
        standing.Forget();
        return result;
    }

    /// <summary>Its tokens are cut off at once, and its subscriptions suspended: another client of the organisation may resume them.</summary>
    internal static async Task<IResult> Disable(string id, Call call, ClientRegister register, ClientStanding standing, IdentityOptions options, Db db, Organisations organisations, CancellationToken ct)
    {
        var result = await call.ActAsync<ClientView>(
            async body =>
            {
                if (await register.FindAsync(id, ct) is not { } client)
                    return Refusal.NotFound;
                if (call.CheckVersion(client.Epoch) is { } stale)
                    return stale;
                Fields.Read(body, _ => "", out var refusal);
                if (refusal is not null)
                    return refusal;
                await register.DisableAsync(call.Caller, client, ct);
                return new Done(200, id);
            },
            done => ViewAsync(db, options, organisations, done.Subject, null, ct), ct);
        standing.Forget();
        return result;
    }

    internal static Task<IResult> Get(string id, Call call, IdentityOptions options, Db db, Organisations organisations, CancellationToken ct) => call.ReadAsync(() => ViewAsync(db, options, organisations, id, null, ct), ct);

    internal static Task<IResult> List(HttpContext http, Call call, Organisations organisations, IdentityOptions options, Db db, CancellationToken ct)
    {
        var query = new Query(http);
        var organisation = query.Text("organisation", 63);
        var limit = query.Limit();
        var after = query.Cursor(Vocabulary.IsSlug);
        return call.ReadAsync<Page<ClientView>>(async () =>
        {
            if (query.Refusal() is { } refusal)
                return refusal;
            var found = db.Clients.AsNoTracking();
            if (organisation is not null)
                found = found.Where(c => c.Organisation == organisation);
            if (after is not null)
                found = found.Where(c => string.Compare(c.ClientId, after) > 0);
            var clients = await found.OrderBy(c => c.ClientId).Take(limit + 1).ToListAsync(ct);
            var kinds = await organisations.KindsAsync(clients.Select(c => c.Organisation), ct);
            return new Page<ClientView>(
                [.. clients.Take(limit).Select(c => ClientView.Of(c, kinds[c.Organisation], options))],
                clients.Count > limit ? Query.WriteCursor(clients[limit - 1].ClientId) : null);
        }, ct);
    }

    static async Task<Answer<ClientView>> ViewAsync(Db db, IdentityOptions options, Organisations organisations, string id, string? secret, CancellationToken ct)
    {
        if (!Vocabulary.IsSlug(id) || await db.Clients.AsNoTracking().SingleOrDefaultAsync(c => c.ClientId == id, ct) is not { } client)
            return Refusal.NotFound;
        var organisation = await organisations.FindAsync(client.Organisation, ct);
        return ClientView.Of(client, organisation!.Kind, options, secret);
    }

    internal static (string Id, string Organisation, IReadOnlyList<string>? Scopes, Proof Proof) ReadClient(Fields f)
    {
        var id = f.Text("clientId", 63) ?? "";
        if (id.Length > 0 && !Vocabulary.IsSlug(id))
            f.Fail("clientId", "slug");
        if (id == Caller.Exchange.Client)
            f.Fail("clientId", "organisation.reserved");
        var organisation = f.Text("organisation", 63) ?? "";
        var scopes = f.Texts("scopes", 100, 100, required: false);
        if (f.Any("scopes", required: false) is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() == 0)
            f.Fail("scopes", "required"); // an empty list is a client that can do nothing: surely a mistake
        return (id, organisation, f.Has("scopes") ? scopes : null, ReadProof(f));
    }

    internal static Proof ReadProof(Fields f)
    {
        var keys = f.Any("jwks", required: false);
        var jwks = keys?.GetRawText();
        var uri = f.Text("jwksUri", 500, required: false);
        if (keys is { ValueKind: not JsonValueKind.Object })
            f.Fail("jwks", "type.object");
        else if (jwks is not null && ClientKeys.Fault(jwks) is { } fault)
            f.Fail("jwks", fault);
        // The shape alone: where it leads is decided when it is called, by the same guard.
        if (uri is not null && AddressGuard.CheckText("jwksUri", uri, out _) is { } unfit)
            f.Fail("jwksUri", unfit.Code, unfit.Arguments);
        if (jwks is not null && uri is not null)
            f.Fail("jwksUri", "jwks.both");
        return new(jwks, uri);
    }
}

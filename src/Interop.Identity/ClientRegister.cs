using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Interop.Audit;
using Interop.Delivery;
using Interop.Directory;
using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Identity;

/// <summary>How a client will prove itself. Neither: by a secret that the exchange makes.</summary>
internal sealed record Proof(string? Jwks, string? JwksUri)
{
    public static Proof NewSecret { get; } = new(null, null);
}

/// <summary>A client as it now stands, with the secret that was made for it, which is kept nowhere.</summary>
internal sealed record Registered(Client Client, string? Secret);

/// <summary>Registers and changes clients. Each method runs within a unit of work, so that the log tells of it or it did not happen.</summary>
internal sealed class ClientRegister(Db db, Work work, Trail trail, ClientManager manager, Organisations organisations, Suspension suspension, IdentityOptions options)
{
    /// <param name="secret">Only the demonstration world chooses one; otherwise it is made.</param>
    public async Task<Answer<Registered>> AddAsync(Caller caller, string clientId, string organisationId, IReadOnlyList<string>? scopes, Proof proof, CancellationToken ct, string? secret = null)
    {
        if (await organisations.FindAsync(organisationId, ct) is not { } organisation)
            return Refusal.Invalid(new Fault("organisation", "organisation.unknown"));
        if (scopes is not null && FaultsOf(scopes, organisation.Kind) is { Count: > 0 } faults)
            return Refusal.Invalid(faults);
        if (options.Authority is { } authority && proof != Proof.NewSecret)
            return Refusal.Invalid(new Fault(proof.Jwks is null ? "jwksUri" : "jwks", "client.external", authority));
        if (await db.Clients.AnyAsync(c => c.ClientId == clientId, ct))
            return Refusal.Conflict("clientId", "client.exists");
        var client = new Client { ClientId = clientId, Organisation = organisationId, Scopes = scopes, Epoch = 1, CreatedAt = work.Now };
        var made = await ProveByAsync(client, proof, secret, ct);
        db.Clients.Add(client);
        Tell(caller, Actions.Create, "client.create", client);
        return new Registered(client, made);
    }

    /// <summary>New keys or a new secret; the old one, and every token it brought, is cut off at once.</summary>
    public async Task<Answer<Registered>> RotateAsync(Caller caller, Client client, Proof proof, CancellationToken ct)
    {
        if (client.DisabledAt is not null)
            return Refusal.Conflict("", "client.disabled");
        if (options.Authority is { } authority)
            return Refusal.Conflict("", "client.external", authority);
        client.Epoch++;
        var made = await ProveByAsync(client, proof, null, ct);
        Tell(caller, Actions.Update, "client.rotate", client);
        return new Registered(client, made);
    }

    /// <summary>
    /// For good, and whatever it subscribed to stops with it: who must not ask any more must not be told either. Disabling twice is
    /// once.
    /// </summary>
    public async Task DisableAsync(Caller caller, Client client, CancellationToken ct)
    {
        if (client.DisabledAt is not null)
            return;
        client.Epoch++;
        client.DisabledAt = work.Now;
        Tell(caller, Actions.Update, "client.disable", client);
        await suspension.SuspendThoseOfAsync(client.ClientId, ct);
    }

    /// <summary>The client, to be changed; null where there is none of that id.</summary>
    public async Task<Client?> FindAsync(string clientId, CancellationToken ct) =>
        Vocabulary.IsSlug(clientId) ? await db.Clients.SingleOrDefaultAsync(c => c.ClientId == clientId, ct) : null;

    async Task<string?> ProveByAsync(Client client, Proof proof, string? secret, CancellationToken ct)
    {
        var made = proof == Proof.NewSecret ? secret ?? Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)) : null;
        client.SecretHash = made is null ? null : await manager.HashAsync(made, ct);
        client.Jwks = proof.Jwks;
        client.JwksUri = proof.JwksUri;
        return options.Authority is null ? made : null; // a secret that nobody knows, since nobody needs one
    }

    void Tell(Caller caller, string action, string operation, Client client) =>
        trail.Write(caller, new(action, operation)
        {
            ResourceType = "Client",
            ResourceId = client.ClientId,
            Details = new JsonObject { ["organisation"] = client.Organisation, ["epoch"] = client.Epoch },
        });

    static List<Fault> FaultsOf(IReadOnlyList<string> scopes, OrganisationKind kind)
    {
        var held = Platform.Scopes.For(kind);
        return [.. scopes.Index().Where(s => !ScopeGrant.IsWithin(s.Item, held)).Select(s => new Fault($"scopes[{s.Index}]", "scope.kind", kind.Code))];
    }
}

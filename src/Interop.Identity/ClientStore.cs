using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Interop.Directory;
using Interop.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;

namespace Interop.Identity;

/// <summary>
/// Shows OpenIddict our clients, in our table, and nothing else: it looks them up, and never writes one. A disabled client is
/// not there.
/// </summary>
internal sealed class ClientStore(Db db) : IOpenIddictApplicationStore<Client>
{
    // An id of another shape names nothing; asking PostgreSQL for one with a NUL in it would be an error of its own.
    public async ValueTask<Client?> FindByClientIdAsync(string identifier, CancellationToken cancellationToken) =>
        Vocabulary.IsSlug(identifier)
            ? await db.Clients.AsNoTracking().SingleOrDefaultAsync(c => c.ClientId == identifier && c.DisabledAt == null, cancellationToken)
            : null;

    public ValueTask<Client?> FindByIdAsync(string identifier, CancellationToken cancellationToken) => FindByClientIdAsync(identifier, cancellationToken);

    public ValueTask<string?> GetClientIdAsync(Client application, CancellationToken cancellationToken) => new(application.ClientId);

    public ValueTask<string?> GetIdAsync(Client application, CancellationToken cancellationToken) => new(application.ClientId);

    public ValueTask<string?> GetClientSecretAsync(Client application, CancellationToken cancellationToken) => new(application.SecretHash);

    public ValueTask<string?> GetClientTypeAsync(Client application, CancellationToken cancellationToken) => new(OpenIddictConstants.ClientTypes.Confidential);

    public ValueTask<JsonWebKeySet?> GetJsonWebKeySetAsync(Client application, CancellationToken cancellationToken) =>
        new(application.Jwks is { } jwks ? new JsonWebKeySet(jwks) : null);

    public ValueTask<string?> GetApplicationTypeAsync(Client application, CancellationToken cancellationToken) => new((string?)null);

    public ValueTask<string?> GetConsentTypeAsync(Client application, CancellationToken cancellationToken) => new((string?)null);

    public ValueTask<string?> GetDisplayNameAsync(Client application, CancellationToken cancellationToken) => new(application.ClientId);

    public ValueTask<ImmutableDictionary<CultureInfo, string>> GetDisplayNamesAsync(Client application, CancellationToken cancellationToken) =>
        new(ImmutableDictionary<CultureInfo, string>.Empty);

    public ValueTask<ImmutableArray<string>> GetPermissionsAsync(Client application, CancellationToken cancellationToken) => new([]);

    public ValueTask<ImmutableArray<string>> GetPostLogoutRedirectUrisAsync(Client application, CancellationToken cancellationToken) => new([]);

    public ValueTask<ImmutableArray<string>> GetRedirectUrisAsync(Client application, CancellationToken cancellationToken) => new([]);

    public ValueTask<ImmutableArray<string>> GetRequirementsAsync(Client application, CancellationToken cancellationToken) => new([]);

    public ValueTask<ImmutableDictionary<string, JsonElement>> GetPropertiesAsync(Client application, CancellationToken cancellationToken) =>
        new(ImmutableDictionary<string, JsonElement>.Empty);

    public ValueTask<ImmutableDictionary<string, string>> GetSettingsAsync(Client application, CancellationToken cancellationToken) =>
        new(ImmutableDictionary<string, string>.Empty);

    public ValueTask<long> CountAsync(CancellationToken cancellationToken) => throw NotHere();

    public ValueTask<long> CountAsync<TResult>(Func<IQueryable<Client>, IQueryable<TResult>> query, CancellationToken cancellationToken) => throw NotHere();

    public ValueTask CreateAsync(Client application, CancellationToken cancellationToken) => throw NotHere();

    public ValueTask DeleteAsync(Client application, CancellationToken cancellationToken) => throw NotHere();

    public ValueTask UpdateAsync(Client application, CancellationToken cancellationToken) => throw NotHere();

    public ValueTask<Client> InstantiateAsync(CancellationToken cancellationToken) => throw NotHere();

    public IAsyncEnumerable<Client> FindByPostLogoutRedirectUriAsync(string uri, CancellationToken cancellationToken) => throw NotHere();

    public IAsyncEnumerable<Client> FindByRedirectUriAsync(string uri, CancellationToken cancellationToken) => throw NotHere();

    public ValueTask<TResult?> GetAsync<TState, TResult>(Func<IQueryable<Client>, TState, IQueryable<TResult>> query, TState state, CancellationToken cancellationToken) => throw NotHere();

    public IAsyncEnumerable<Client> ListAsync(int? count, int? offset, CancellationToken cancellationToken) => throw NotHere();

    public IAsyncEnumerable<TResult> ListAsync<TState, TResult>(Func<IQueryable<Client>, TState, IQueryable<TResult>> query, TState state, CancellationToken cancellationToken) => throw NotHere();

    public ValueTask SetApplicationTypeAsync(Client application, string? type, CancellationToken cancellationToken) => throw NotHere();

    public ValueTask SetClientIdAsync(Client application, string? identifier, CancellationToken cancellationToken) => throw NotHere();

    public ValueTask SetClientSecretAsync(Client application, string? secret, CancellationToken cancellationToken) => throw NotHere();

    public ValueTask SetClientTypeAsync(Client application, string? type, CancellationToken cancellationToken) => throw NotHere();

    public ValueTask SetConsentTypeAsync(Client application, string? type, CancellationToken cancellationToken) => throw NotHere();

    public ValueTask SetDisplayNameAsync(Client application, string? name, CancellationToken cancellationToken) => throw NotHere();

    public ValueTask SetDisplayNamesAsync(Client application, ImmutableDictionary<CultureInfo, string> names, CancellationToken cancellationToken) => throw NotHere();

    public ValueTask SetJsonWebKeySetAsync(Client application, JsonWebKeySet? set, CancellationToken cancellationToken) => throw NotHere();

    public ValueTask SetPermissionsAsync(Client application, ImmutableArray<string> permissions, CancellationToken cancellationToken) => throw NotHere();

    public ValueTask SetPostLogoutRedirectUrisAsync(Client application, ImmutableArray<string> uris, CancellationToken cancellationToken) => throw NotHere();

    public ValueTask SetPropertiesAsync(Client application, ImmutableDictionary<string, JsonElement> properties, CancellationToken cancellationToken) => throw NotHere();

    public ValueTask SetRedirectUrisAsync(Client application, ImmutableArray<string> uris, CancellationToken cancellationToken) => throw NotHere();

    public ValueTask SetRequirementsAsync(Client application, ImmutableArray<string> requirements, CancellationToken cancellationToken) => throw NotHere();

    public ValueTask SetSettingsAsync(Client application, ImmutableDictionary<string, string> settings, CancellationToken cancellationToken) => throw NotHere();

    static NotSupportedException NotHere() => new("Clients are registered and changed by Interop.Identity.Clients, in one transaction with the audit log.");
}

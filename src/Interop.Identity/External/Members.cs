using System.Diagnostics;
using Interop.Directory;
using Interop.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Interop.Identity.External;

/// <summary>An organisation of the directory and, where it is registered, the client.</summary>
internal sealed record Member(Organisation Organisation, Client? Client)
{
    /// <summary>What its tokens can hold, whatever they say.</summary>
    public IReadOnlyList<string> Held => Client is { } client ? TokenGrant.HeldBy(client, Organisation.Kind) : Scopes.For(Organisation.Kind);
}

/// <summary>Whom the clients that an authority names stand for: as our directory has it, at most half a second old.</summary>
internal sealed class Members : IDisposable
{
    readonly Recent<Register> _recent;

    public Members(IServiceScopeFactory scopes) => _recent = new(ct => ReadAsync(scopes, ct));

    /// <param name="organisation">As the token names it; null where it names none.</param>
    /// <returns>null where the client or the organisation is not here, or the client is another organisation's.</returns>
    public async ValueTask<Member?> FindAsync(string client, string? organisation, CancellationToken ct)
    {
        var asked = Stopwatch.GetTimestamp();
        return (await _recent.GetAsync(ct)).Find(client, organisation)
            ?? (await _recent.SinceAsync(asked, ct)).Find(client, organisation); // registered a moment ago, perhaps
    }

    static async Task<Register> ReadAsync(IServiceScopeFactory scopes, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<Db>();
        return new(
            await db.Organisations.AsNoTracking().ToDictionaryAsync(o => o.Id, ct),
            await db.Clients.AsNoTracking().ToDictionaryAsync(c => c.ClientId, ct));
    }

    public void Dispose() => _recent.Dispose();

    sealed record Register(Dictionary<string, Organisation> Organisations, Dictionary<string, Client> Clients)
    {
        public Member? Find(string client, string? organisation)
        {
            var registered = Clients.GetValueOrDefault(client);
            if (registered is not null && organisation is not null && registered.Organisation != organisation)
                return null;
            return (organisation ?? registered?.Organisation) is { } id && Organisations.TryGetValue(id, out var found) ? new(found, registered) : null;
        }
    }
}

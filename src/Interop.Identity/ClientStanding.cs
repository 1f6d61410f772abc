using System.Diagnostics;
using System.Security.Claims;
using Interop.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using OpenIddict.Abstractions;

namespace Interop.Identity;

/// <summary>
/// Whether a token that is sound in itself still counts: its client was not disabled or rotated since, and nobody revoked it.
/// </summary>
internal sealed class ClientStanding : IDisposable
{
    public const string EpochClaim = "epoch";

    readonly Recent<Standing> _recent;

    public ClientStanding(IServiceScopeFactory scopes, Clock clock) => _recent = new(ct => ReadAsync(scopes, clock, ct));

    public ValueTask<bool> IsGoodAsync(ClaimsPrincipal token, CancellationToken ct) => TokenClaims.Of(token) is { } claims ? IsGoodAsync(claims, ct) : new(false);

    /// <summary>What was read before is forgotten: call it after a commit that changes somebody's standing.</summary>
    public void Forget() => _recent.Forget();

    public async ValueTask<bool> IsGoodAsync(TokenClaims token, CancellationToken ct)
    {
        var (client, epoch, id) = token;
        var asked = Stopwatch.GetTimestamp();
        var standing = await _recent.GetAsync(ct);
        // A token of an epoch that we have not heard of was issued by another node a moment ago: look again before refusing it.
        if (!standing.Epochs.TryGetValue(client, out var seen) || seen < epoch)
            standing = await _recent.SinceAsync(asked, ct);
        return standing.Epochs.TryGetValue(client, out var current) && current == epoch && !standing.Revoked.Contains(id);
    }

    static async Task<Standing> ReadAsync(IServiceScopeFactory scopes, Clock clock, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<Db>();
        var clients = await db.Clients.AsNoTracking().Select(c => new { c.ClientId, Epoch = c.DisabledAt == null ? c.Epoch : Disabled }).ToListAsync(ct);
        var now = db.Time(clock.Now);
        var revoked = await db.Database.SqlQuery<string>($"select id as \"Value\" from revoked_tokens where expires_at > {now}").ToListAsync(ct);
        return new(clients.ToDictionary(c => c.ClientId, c => c.Epoch), [.. revoked]);
    }

    public void Dispose() => _recent.Dispose();

    /// <summary>What of a token says whether it counts.</summary>
    public sealed record TokenClaims(string Client, int Epoch, string Id)
    {
        /// <returns>Null where it lacks one of them: it does not count.</returns>
        public static TokenClaims? Of(ClaimsPrincipal token) =>
            token.GetClaim(OpenIddictConstants.Claims.ClientId) is { } client
            && int.TryParse(token.GetClaim(EpochClaim), out var epoch)
            && token.GetClaim(OpenIddictConstants.Claims.JwtId) is { } id
                ? new(client, epoch, id)
                : null;
    }

    /// <summary>The epoch of a disabled client: no token was issued in it, and none is from a later one.</summary>
    const int Disabled = int.MaxValue;

    sealed record Standing(Dictionary<string, int> Epochs, HashSet<string> Revoked);
}

using System.Diagnostics;
using System.Security.Claims;
using Interop.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using OpenIddict.Abstractions;

namespace Interop.Identity;

/// <summary>
/// Whether a token that is sound in itself still counts: its client was not disabled or rotated since, and nobody revoked it.
/// Asked at every request, so answered from memory, at most half a second old on every node.
/// </summary>
internal sealed class ClientStanding(IServiceScopeFactory scopes, Clock clock) : IDisposable
{
    public const string EpochClaim = "epoch";
    static readonly TimeSpan s_maxAge = TimeSpan.FromMilliseconds(500);

    readonly SemaphoreSlim _reading = new(1, 1);
    volatile Snapshot? _snapshot;

    public ValueTask<bool> IsGoodAsync(ClaimsPrincipal token, CancellationToken ct) =>
        token.GetClaim(OpenIddictConstants.Claims.ClientId) is { } client
        && int.TryParse(token.GetClaim(EpochClaim), out var epoch)
        && token.GetClaim(OpenIddictConstants.Claims.JwtId) is { } id
            ? IsGoodAsync(client, epoch, id, ct)
            : new(false);

    /// <summary>What was read before is forgotten: call it after a commit that changes somebody's standing.</summary>
    public void Forget() => _snapshot = null;

    async ValueTask<bool> IsGoodAsync(string client, int epoch, string id, CancellationToken ct)
    {
        var asked = Stopwatch.GetTimestamp();
        var snapshot = _snapshot is { } known && Stopwatch.GetElapsedTime(known.At) < s_maxAge ? known : await ReadAsync(asked, ct);
        // A token of an epoch that we have not heard of was issued by another node a moment ago: look again before refusing it.
        if (snapshot.At < asked && (!snapshot.Epochs.TryGetValue(client, out var seen) || seen < epoch))
            snapshot = await ReadAsync(asked, ct);
        return snapshot.Epochs.TryGetValue(client, out var current) && current == epoch && !snapshot.Revoked.Contains(id);
    }

    /// <summary>A snapshot that was begun at <paramref name="since"/> or later; one reader for all who wait.</summary>
    async Task<Snapshot> ReadAsync(long since, CancellationToken ct)
    {
        await _reading.WaitAsync(ct);
        try
        {
            if (_snapshot is { } fresh && fresh.At >= since)
                return fresh;
            var at = Stopwatch.GetTimestamp();
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<Db>();
            var clients = await db.Clients.AsNoTracking().Select(c => new { c.ClientId, Epoch = c.DisabledAt == null ? c.Epoch : Disabled }).ToListAsync(ct);
            var now = db.Time(clock.Now);
            var revoked = await db.Database.SqlQuery<string>($"select id as \"Value\" from revoked_tokens where expires_at > {now}").ToListAsync(ct);
            return _snapshot = new(at, clients.ToDictionary(c => c.ClientId, c => c.Epoch), [.. revoked]);
        }
        finally
        {
            _reading.Release();
        }
    }

    public void Dispose() => _reading.Dispose();

    /// <summary>The epoch of a disabled client: no token was issued in it, and none is from a later one.</summary>
    const int Disabled = int.MaxValue;

    sealed record Snapshot(long At, Dictionary<string, int> Epochs, HashSet<string> Revoked);
}

using System.Collections.Concurrent;
using Interop.Platform;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;

namespace Interop.Identity;

/// <summary>
/// The public keys that partners publish at their <c>jwks_uri</c>. Fetched through the client named <c>partner</c>, which guards
/// every address that a partner names; kept for an hour, asked again for a key that is not among them, at most once a minute.
/// </summary>
internal sealed partial class PartnerKeys(IHttpClientFactory http, Clock clock, ILogger<PartnerKeys> log)
{
    public const string HttpClientName = "partner";
    const int MaxBytes = 64 * 1024;
    static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(5);
    static readonly TimeSpan s_fresh = TimeSpan.FromHours(1);
    static readonly TimeSpan s_pause = TimeSpan.FromMinutes(1);

    /// <summary>How long keys count while their address does not answer.</summary>
    static readonly TimeSpan s_stale = TimeSpan.FromDays(1);

    readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    public async Task<JsonWebKeySet?> GetAsync(string uri, string? kid, CancellationToken ct)
    {
        var now = clock.Now;
        var known = _entries.GetValueOrDefault(uri);
        if (known is not null && now - known.TriedAt < s_pause)
            return known.Keys;
        if (known?.Keys is { } keys && now - known.FetchedAt < s_fresh && (kid is null || keys.Keys.Any(k => k.Kid == kid)))
            return keys;
        // Said before it is done: of many that ask at once, one fetches.
        var trying = new Entry(known?.Keys, known?.FetchedAt ?? default, now);
        if (known is null ? !_entries.TryAdd(uri, trying) : !_entries.TryUpdate(uri, trying, known))
            return known?.Keys;
        var fetched = await FetchAsync(uri, ct);
        var entry = fetched is not null ? new Entry(fetched, now, now)
            : known is not null && now - known.FetchedAt < s_stale ? trying
            : new Entry(null, default, now);
        _entries[uri] = entry;
        return entry.Keys;
    }

    async Task<JsonWebKeySet?> FetchAsync(string uri, CancellationToken ct)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(ct);
        timeout.CancelAfter(s_timeout);
        try
        {
            using var client = http.CreateClient(HttpClientName);
            client.MaxResponseContentBufferSize = MaxBytes;
            return ClientKeys.Parse(await client.GetStringAsync(uri, timeout.Token));
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            // Whatever the address answers or the guard says: this client cannot prove itself now, which is not our failure.
            Log.NotFetched(log, uri, e.Message);
            return null;
        }
    }

    sealed record Entry(JsonWebKeySet? Keys, DateTimeOffset FetchedAt, DateTimeOffset TriedAt);

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The keys at {Uri} could not be fetched: {Reason}")]
        public static partial void NotFetched(ILogger logger, string uri, string reason);
    }
}

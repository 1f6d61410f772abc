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

    readonly ConcurrentDictionary<string, Known> _known = new(StringComparer.Ordinal);

    public async Task<JsonWebKeySet?> GetAsync(string uri, string? kid, CancellationToken ct)
    {
        var known = _known.GetOrAdd(uri, _ => new());
        Task fetching;
        lock (known)
        {
            var now = clock.Now;
            var isFresh = known.Keys is not null && (now - known.FetchedAt).Duration() < s_fresh; // neither old nor, where the clock was set back, of the future
            if (isFresh && (kid is null || known.Keys!.Keys.Any(k => k.Kid == kid)))
                return known.Keys;
            if (known.Fetching is null && now < known.NotBefore && known.NotBefore - now <= s_pause)
                return known.Keys;
            fetching = known.Fetching ??= RefreshAsync(uri, known, isFresh); // of many that ask at once, one fetches
        }
        await fetching.WaitAsync(ct);
        lock (known)
            return known.Keys;
    }

    async Task RefreshAsync(string uri, Known known, bool forUnknownKey)
    {
        await Task.Yield(); // begun under the lock, done outside it
        var fetched = await FetchAsync(uri);
        lock (known)
        {
            var now = clock.Now;
            if (fetched is not null)
                (known.Keys, known.FetchedAt) = (fetched, now);
            else if (now - known.FetchedAt >= s_stale)
                known.Keys = null;
            // Anybody can name a key that does not exist: that, and an address that fails, makes us ask once a minute and no more.
            known.NotBefore = forUnknownKey || fetched is null ? now + s_pause : now;
            known.Fetching = null;
        }
    }

    async Task<JsonWebKeySet?> FetchAsync(string uri)
    {
        using var timeout = new CancellationTokenSource(s_timeout);
        try
        {
            using var client = http.CreateClient(HttpClientName);
            client.MaxResponseContentBufferSize = MaxBytes;
            return ClientKeys.Parse(await client.GetStringAsync(uri, timeout.Token));
        }
        catch (Exception e)
        {
            // Whatever the address answers or the guard says: this client cannot prove itself now, which is not our failure.
            Log.NotFetched(log, uri, e.Message);
            return null;
        }
    }

    sealed class Known
    {
        public JsonWebKeySet? Keys { get; set; }
        public DateTimeOffset FetchedAt { get; set; }
        public DateTimeOffset NotBefore { get; set; }
        public Task? Fetching { get; set; }
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The keys at {Uri} could not be fetched: {Reason}")]
        public static partial void NotFetched(ILogger logger, string uri, string reason);
    }
}

using System.Collections.Concurrent;
using Interop.Platform;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;

namespace Interop.Identity;

/// <summary>
/// The public keys that partners publish at their <c>jwks_uri</c>. Fetched through the client named <c>partner</c>, which guards
/// every address that a partner names; asked again for a key that is not among them at most once a minute.
/// </summary>
internal sealed partial class PartnerKeys(IHttpClientFactory http, Clock clock, ILogger<PartnerKeys> log)
{
    public const string HttpClientName = "partner";
    const int MaxBytes = 64 * 1024;
    static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(5);
    static readonly TimeSpan s_pause = TimeSpan.FromMinutes(1);

    readonly ConcurrentDictionary<string, Fetched<JsonWebKeySet>> _known = new(StringComparer.Ordinal);

    public Task<JsonWebKeySet?> GetAsync(string uri, string? kid, CancellationToken ct) =>
        _known.GetOrAdd(uri, u => new(() => FetchAsync(u), s_pause, clock)).GetAsync(set => kid is null || set.Keys.Any(k => k.Kid == kid), ct);

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

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The keys at {Uri} could not be fetched: {Reason}")]
        public static partial void NotFetched(ILogger logger, string uri, string reason);
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using System.Threading.RateLimiting;
using Interop.Audit;
using Interop.Identity;
using Interop.Platform;
using Interop.Platform.Http;

namespace Interop.Server.Safety;

/// <summary>
/// How often one client, or one address that shows no token, may ask. Two stages: the token endpoint before a secret is looked at,
/// everything else once it is known who calls, so that 401 comes before a client's bucket is touched.
/// </summary>
internal sealed partial class RateLimits : IDisposable
{
    static readonly Func<Key, RateLimiter> s_bucket = key => new TokenBucketRateLimiter(key.Limit!.Bucket);

    /// <summary>Of refusals within this, one is in the log: a flood must not fill it.</summary>
    static readonly TimeSpan s_window = TimeSpan.FromMinutes(1);

    public static IReadOnlyList<string> Names { get; } = ["client", "address", "token"];

    public static Counter<long> Refused { get; } = Telemetry.Counter("interop.ratelimit.refusals", "Requests that came too often, by limit: client, address, token.");

    const int MostWindows = 10_000;

    readonly IServiceScopeFactory _scopes;
    readonly ILogger<RateLimits> _log;
    readonly Limit _client, _address, _token;
    readonly ConcurrentDictionary<Key, Window> _windows = new();
    readonly PartitionedRateLimiter<Key> _buckets = PartitionedRateLimiter.Create<Key, Key>(key => RateLimitPartition.Get(key, s_bucket));

    public RateLimits(RateLimitOptions options, IServiceScopeFactory scopes, ILogger<RateLimits> log)
    {
        (_scopes, _log) = (scopes, log);
        _client = new("client", options.ClientPerSecond, options.ClientBurst);
        _address = new("address", options.AddressPerSecond, options.AddressBurst);
        _token = new("token", options.TokenPerSecond, options.TokenBurst);
    }

    public Task AtConnectAsync(HttpContext http, RequestDelegate next) => LimitAsync(http, next, KeyAtConnect(http));

    public Task AtApiAsync(HttpContext http, RequestDelegate next) => LimitAsync(http, next, KeyAtApi(http));

    /// <summary>
    /// Tells a client what it has left once that is less than half, so that it need not find out.
    /// Not ASP.NET Core's own, which makes a limiter beside ours that nobody disposes of: its timer kept each server of a test run, with all that it held.
    /// </summary>
    Task LimitAsync(HttpContext http, RequestDelegate next, Key key)
    {
        if (key.Limit is null)
            return next(http);
        using var lease = _buckets.AttemptAcquire(key); // a bucket gets nothing back: there is nothing to hold while it is answered
        if (!lease.IsAcquired)
            return RefuseAsync(http, key, lease);
        if (_buckets.GetStatistics(key) is { CurrentAvailablePermits: var left } && key.Limit.IsWorthTelling(left))
            key.Limit.Tell(http.Response, left);
        return next(http);
    }

    Key KeyAtConnect(HttpContext http) => IdentityPaths.IsConnect(http.Request.Path) ? new(_token, "", CallerAddress.Of(http)) : default;

    Key KeyAtApi(HttpContext http) =>
        IdentityPaths.IsConnect(http.Request.Path) || http.Request.Path.StartsWithSegments("/health") ? default // whoever keeps the process running asks as often as it likes
        : Doorkeeper.CallerOf(http) is { } caller ? new(_client, caller.Client, null)
        : new(_address, "", CallerAddress.Of(http));

    async Task RefuseAsync(HttpContext http, Key key, RateLimitLease lease)
    {
        var limit = key.Limit!;
        Refused.Add("limit", limit.Name);
        var wait = lease.TryGetMetadata(MetadataName.RetryAfter, out var after) && after > TimeSpan.Zero ? after : TimeSpan.FromSeconds(1);
        limit.Tell(http.Response, 0);
        await NoteAsync(http, key);
        if (limit == _token)
            await ConnectDoor.TooOftenAsync(http, wait, "Too many requests from this address.");
        else
            await Refusals.WriteAsync(http, new(429, "too-many-requests") { RetryAfter = wait });
    }

    /// <summary>
    /// The first refusal of a minute is recorded, with how many there were in the minute before: a client's in the log of acts, an
    /// address's, which is nobody's act, in the program's own. The metric counts each.
    /// </summary>
    async Task NoteAsync(HttpContext http, Key key)
    {
        if (_windows.Count > MostWindows)
            _windows.Clear(); // many addresses at once: at worst some are told of twice
        var window = _windows.GetOrAdd(key, _ => new());
        if (window.Count() is not { } before)
            return;
        if (Doorkeeper.CallerOf(http) is not { } caller)
        {
            Log.AddressRefused(_log, key.Limit!.Name, key.Address, before);
            return;
        }
        Log.ClientRefused(_log, caller.Client, before);
        await using var scope = _scopes.CreateAsyncScope();
        var trail = scope.ServiceProvider.GetRequiredService<Trail>();
        var operation = http.GetEndpoint()?.Metadata.GetMetadata<Operation>();
        await scope.ServiceProvider.GetRequiredService<Work>().RunAsync<Caller>(() =>
        {
            var actor = caller.Actor is { Length: <= 200 } name && !name.Any(char.IsControl) ? name : null; // the doorkeeper has not looked at it yet
            trail.Write(caller with { Actor = actor }, new(operation?.Action ?? Actions.Read, "client.limit", Outcomes.Refused)
            {
                ResourceType = "Client",
                ResourceId = caller.Client,
                Details = new JsonObject { ["status"] = 429, ["problem"] = "too-many-requests", ["minuteBefore"] = before },
            });
            return Task.FromResult<Answer<Caller>>(caller);
        }, CancellationToken.None);
    }

    public void Dispose() => _buckets.Dispose();

    /// <summary>Whose bucket. Without a limit: nobody's.</summary>
    readonly record struct Key(Limit? Limit, string Client, IPAddress? Address);

    sealed class Limit(string name, int perSecond, int burst)
    {
        // draft-ietf-httpapi-ratelimit-headers: the policy, and what is left until the bucket is full again.
        readonly string _policy = string.Create(CultureInfo.InvariantCulture, $"\"{name}\";q={burst};w={Math.Max(1, burst / perSecond)}");

        public string Name => name;

        public TokenBucketRateLimiterOptions Bucket { get; } = new()
        {
            TokenLimit = burst,
            TokensPerPeriod = perSecond,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1),
            QueueLimit = 0,
            AutoReplenishment = false, // all of them are by whoever keeps them, in turn
        };

        public bool IsWorthTelling(long left) => left * 2 < burst;

        public void Tell(HttpResponse response, long left)
        {
            response.Headers["RateLimit-Policy"] = _policy;
            response.Headers["RateLimit"] = string.Create(CultureInfo.InvariantCulture, $"\"{name}\";r={left};t={(burst - left + perSecond - 1) / perSecond}");
        }
    }

    sealed class Window
    {
        long _since;
        long _refused;

        /// <returns>Of a refusal that begins a minute, how many there were in the one before; null for all others.</returns>
        public long? Count()
        {
            lock (this)
            {
                if (_since != 0 && Stopwatch.GetElapsedTime(_since) < s_window)
                {
                    _refused++;
                    return null;
                }
                var before = _refused;
                (_since, _refused) = (Stopwatch.GetTimestamp(), 1);
                return before;
            }
        }
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The client {Client} asks too often and is refused; {Before} refusals in the minute before. Told once a minute.")]
        public static partial void ClientRefused(ILogger logger, string client, long before);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Too many requests ({Limit}) from {Address} are refused; {Before} refusals in the minute before. Told once a minute.")]
        public static partial void AddressRefused(ILogger logger, string limit, System.Net.IPAddress? address, long before);
    }
}

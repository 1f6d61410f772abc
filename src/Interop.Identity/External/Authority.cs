using System.Text.Json;
using Interop.Platform;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;

namespace Interop.Identity.External;

/// <summary>What the authority publishes of itself (OpenID Connect Discovery 1.0), and its keys.</summary>
internal sealed record Published(string Issuer, JsonElement Document, IReadOnlyList<SecurityKey> Keys)
{
    public string? this[string name] => Document.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}

/// <summary>
/// The issuer that <c>Identity:Authority</c> names. Asked when the first token comes, not at start: it may be down then, and later
/// for a day, and tokens signed with keys that are known still count.
/// </summary>
internal sealed partial class Authority
{
    public const string HttpClientName = "authority";
    public const string Discovery = ".well-known/openid-configuration";
    const int MaxBytes = 256 * 1024;
    static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);

    /// <summary>Between two questions about a key that is not there, or to an authority that does not answer.</summary>
    static readonly TimeSpan s_pause = TimeSpan.FromSeconds(5);

    readonly IHttpClientFactory _http;
    readonly ILogger<Authority> _log;
    readonly Fetched<Published> _published;

    public Authority(IdentityOptions options, IHttpClientFactory http, Clock clock, ILogger<Authority> log)
    {
        (_http, _log) = (http, log);
        Address = new(options.AuthorityBase!, Discovery);
        Name = options.Authority!.AbsoluteUri;
        _published = new(FetchAsync, s_pause, clock);
    }

    /// <summary>Where it describes itself.</summary>
    public Uri Address { get; }

    string Name { get; }

    /// <summary>null while it has never answered, or not for a day.</summary>
    /// <param name="kid">The key that is looked for: where it is not known, the authority is asked whether it has a new one.</param>
    public Task<Published?> GetAsync(string? kid, CancellationToken ct) => _published.GetAsync(p => kid is null || p.Keys.Any(k => k.KeyId == kid), ct);

    /// <summary>Whether this is the issuer's name, as it writes it or as the configuration does.</summary>
    public bool IsIssuer(string? name) => name?.TrimEnd('/') == Name.TrimEnd('/');

    async Task<Published?> FetchAsync()
    {
        using var timeout = new CancellationTokenSource(s_timeout);
        try
        {
            using var client = _http.CreateClient(HttpClientName);
            client.MaxResponseContentBufferSize = MaxBytes;
            var document = JsonElement.Parse(await client.GetStringAsync(Address, timeout.Token));
            var found = new Published("", document, []);
            if (!IsIssuer(found["issuer"]))
                throw new InvalidDataException($"it calls itself {found["issuer"]}");
            if (found["jwks_uri"] is not { } address || !Uri.TryCreate(address, UriKind.Absolute, out var keysAt) || (keysAt.Scheme != "https" && !ConnectDoor.IsLoopback(keysAt.Host)))
                throw new InvalidDataException("its jwks_uri is no https address");
            var set = new JsonWebKeySet(await client.GetStringAsync(keysAt, timeout.Token));
            return found with
            {
                Issuer = found["issuer"]!,
                Keys = [.. set.Keys.Where(k => k.Use is null or "" or "sig" && k.Kty is JsonWebAlgorithmsKeyTypes.RSA or JsonWebAlgorithmsKeyTypes.EllipticCurve)],
            };
        }
        catch (Exception e)
        {
            Log.Unknown(_log, Address, e.Message);
            return null;
        }
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "The authority at {Address} could not be asked: {Reason}. Tokens are taken as far as its keys are known.")]
        public static partial void Unknown(ILogger logger, Uri address, string reason);
    }
}

using System.Net;
using System.Text;
using Interop.Platform.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Interop.Identity;

/// <summary>
/// Stands before the authorization server: settles under which address it answers, reads the form within bounds, and turns
/// away who failed too often. What it refuses it answers as OAuth does (RFC 6749 section 5.2).
/// </summary>
internal sealed partial class ConnectDoor(IdentityOptions options, Lockout lockout, ILogger<ConnectDoor> log)
{
    public const int MaxForm = 64 * 1024;

    static readonly FormOptions s_form = new() { KeyLengthLimit = 200, ValueLengthLimit = MaxForm, ValueCountLimit = 50, MultipartBodyLengthLimit = MaxForm, BufferBodyLengthLimit = MaxForm };

    /// <summary>Longer than any client's id.</summary>
    const int MaxClaim = 64;

    public Task InvokeAsync(HttpContext http, RequestDelegate next) => IdentityPaths.IsOurs(http.Request.Path) ? LetInAsync(http, next) : next(http);

    async Task LetInAsync(HttpContext http, RequestDelegate next)
    {
        if (!SettleAddress(http.Request))
        {
            Log.NoIssuer(log, http.Request.Host.Value ?? "");
            await RefuseAsync(http, 400, Errors.InvalidRequest, "This server has no configured issuer and answers on loopback only. Set Identity:Issuer to its public address.");
            return;
        }
        if (!IdentityPaths.IsConnect(http.Request.Path) || !HttpMethods.IsPost(http.Request.Method))
        {
            await next(http);
            return;
        }
        if (await ReadFormAsync(http) is var (status, fault))
        {
            await RefuseAsync(http, status, Errors.InvalidRequest, fault);
            return;
        }
        var client = ClaimedClient(http.Request) is { } claimed ? claimed[..Math.Min(claimed.Length, MaxClaim)] : null; // kept in memory when it fails
        ConnectFailures.Claim(http, client);
        if (client is not null && lockout.Remaining(client, CallerAddress.Of(http)) is { } wait)
        {
            TokenMetrics.LockedOut.Add(1);
            await TooOftenAsync(http, wait, "Too many failed attempts from this address.");
            return;
        }
        await next(http);
    }

    /// <summary>
    /// The address that OpenIddict builds its documents and checks its paths from: the configured issuer's, or the one asked for
    /// where that is this machine itself.
    /// </summary>
    bool SettleAddress(HttpRequest request)
    {
        if (options.IssuerBase is not { } issuer)
            return IsLoopback(request.Host.Host);
        request.Scheme = issuer.Scheme;
        request.Host = issuer.IsDefaultPort ? new(issuer.Host) : new(issuer.Host, issuer.Port);
        request.PathBase = issuer.AbsolutePath.TrimEnd('/');
        return true;
    }

    internal static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    /// <returns>Null where the form was read, or there was none (which OpenIddict refuses in its own words).</returns>
    static async Task<(int Status, string Fault)?> ReadFormAsync(HttpContext http)
    {
        if (!http.Request.HasFormContentType)
            return null;
        try
        {
            // Read here within bounds, and kept by the request: OpenIddict finds it read.
            if (await BoundedBody.ReadFormAsync(http.Request, MaxForm, s_form, http.RequestAborted) is null)
                return (413, $"The form is larger than {MaxForm} bytes.");
            return null;
        }
        catch (BadHttpRequestException e)
        {
            return (e.StatusCode, "The form could not be read.");
        }
        catch (Exception e) when (e is InvalidDataException or IOException or ArgumentException or NotSupportedException or InvalidOperationException) // also a charset that is none
        {
            return (400, "The form could not be read.");
        }
    }

    /// <summary>Which client this claims to come from; nothing is proven yet.</summary>
    static string? ClaimedClient(HttpRequest request)
    {
        var form = request.HasFormContentType ? request.Form : FormCollection.Empty;
        if (request.Headers.Authorization.ToString() is var header && header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase))
        {
            var bytes = new byte[header.Length];
            if (Convert.TryFromBase64String(header["Basic ".Length..].Trim(), bytes, out var length)
                && Encoding.UTF8.GetString(bytes, 0, length).Split(':') is [{ Length: > 0 } name, ..])
                return Uri.UnescapeDataString(name);
        }
        if (form[Parameters.ClientId] is [{ Length: > 0 } id])
            return id;
        return form[Parameters.ClientAssertion] is [{ Length: > 0 } assertion] ? UnprovenAssertion.Read(assertion)?.Client : null;
    }

    /// <summary>429 as OAuth says it (RFC 8628 has the word).</summary>
    public static Task TooOftenAsync(HttpContext http, TimeSpan wait, string description)
    {
        http.Response.Headers.RetryAfter = ((int)Math.Ceiling(wait.TotalSeconds)).ToString(System.Globalization.CultureInfo.InvariantCulture);
        return RefuseAsync(http, 429, Errors.SlowDown, description);
    }

    static Task RefuseAsync(HttpContext http, int status, string error, string description)
    {
        http.Response.StatusCode = status;
        http.Response.Headers.CacheControl = "no-store";
        return OAuthFormat.WriteAsync(http, error, description);
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "Refused a request for {Host}: Identity:Issuer is not configured, and off loopback the issuer is never taken from the Host header. Set Identity__Issuer to the public address of this server.")]
        public static partial void NoIssuer(ILogger logger, string host);
    }
}

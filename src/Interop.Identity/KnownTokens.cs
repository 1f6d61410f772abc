using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Claims;
using System.Security.Cryptography;
using Interop.Platform;
using Microsoft.AspNetCore.Http;
using OpenIddict.Abstractions;

namespace Interop.Identity;

/// <summary>
/// Tokens whose signature was found sound, by their hash, until they expire: that cannot change, and checking it costs more than
/// most requests do. Whether a token still counts can change, so that is asked of <see cref="ClientStanding"/> every time.
/// </summary>
internal sealed class KnownTokens(ClientStanding standing, Clock clock)
{
    const int AtMost = 10_000;
    const string Scheme = "Bearer ";

    readonly ConcurrentDictionary<(UInt128, UInt128), Known> _known = new();

    /// <summary>The same by the header itself: a connection on which one token is shown again and again reads it into one text. Gone with that text.</summary>
    readonly ConditionalWeakTable<string, Known> _headers = [];

    /// <summary>Before authentication: who shows a token that is known and still counts is recognised.</summary>
    public Task RecogniseAsync(HttpContext http, RequestDelegate next)
    {
        if (Find(http) is not { } known || known.ExpiresAt <= clock.Now)
            return next(http);
        var good = standing.IsGoodAsync(known.Claims, http.RequestAborted);
        return good.IsCompletedSuccessfully ? Go(http, next, good.Result ? known : null) : GoAsync(http, next, known, good);
    }

    static async Task GoAsync(HttpContext http, RequestDelegate next, Known known, ValueTask<bool> good) => await Go(http, next, await good ? known : null);

    static Task Go(HttpContext http, RequestDelegate next, Known? known)
    {
        if (known is not null)
            http.User = known.Principal;
        return next(http);
    }

    Known? Find(HttpContext http)
    {
        if (http.Request.Headers.Authorization is not [{ } header])
            return null;
        if (_headers.TryGetValue(header, out var known))
            return known;
        if (TokenIn(http) is not { } token || !_known.TryGetValue(HashOf(token), out known))
            return null;
        _headers.AddOrUpdate(header, known);
        return known;
    }

    public static bool IsRecognised(HttpContext http) => http.User.Identity?.IsAuthenticated is true;

    /// <summary>After authentication: what it found is remembered.</summary>
    public Task RememberAsync(HttpContext http, RequestDelegate next)
    {
        if (IsRecognised(http) && TokenIn(http) is { } token && http.User.GetExpirationDate() is { } expires && ClientStanding.TokenClaims.Of(http.User) is { } claims)
        {
            if (_known.Count >= AtMost)
                MakeRoom();
            _known.TryAdd(HashOf(token), new(http.User, claims, expires));
        }
        return next(http);
    }

    void MakeRoom()
    {
        var now = clock.Now;
        foreach (var (hash, known) in _known)
            if (known.ExpiresAt <= now)
                _known.TryRemove(hash, out _);
        if (_known.Count >= AtMost)
            _known.Clear();
    }

    static string? TokenIn(HttpContext http) =>
        http.Request.Headers.Authorization is [{ } header] && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..] : null;

    /// <summary>Of the token, nothing is kept by which anybody could call.</summary>
    static (UInt128, UInt128) HashOf(string token)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(token.AsSpan()), hash);
        return (BinaryPrimitives.ReadUInt128LittleEndian(hash), BinaryPrimitives.ReadUInt128LittleEndian(hash[16..]));
    }

    sealed record Known(ClaimsPrincipal Principal, ClientStanding.TokenClaims Claims, DateTimeOffset ExpiresAt);
}

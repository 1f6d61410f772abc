using System.Text.Json.Serialization;
using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Interop.Audit.Log;

/// <summary>
/// The log as everybody may read it (C2SP tlog-tiles), for ever the same: hashes, of which nobody learns anything without the
/// salts. Formats: contracts/audit.
/// </summary>
internal static class LogApi
{
    public static void MapLog(this IEndpointRouteBuilder routes)
    {
        var log = routes.MapGroup($"/{LogOptions.Path}").IsPublic().ExcludeFromDescription();
        log.MapGet("/checkpoint", CheckpointAsync);
        log.MapGet("/keys", KeysAsync);
        log.MapGet("/{**path}", TileAsync);
    }

    internal sealed record PublishedKeys(string Origin, IReadOnlyList<PublishedKey> Keys, IReadOnlyList<string> Witnesses);

    /// <param name="Signs">It signs now; else it did once.</param>
    internal sealed record PublishedKey(string Key, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] long? SinceSize, bool Signs);

    static async Task<IResult> CheckpointAsync(HttpContext http, CheckpointShelf shelf, CancellationToken ct)
    {
        if (await shelf.LatestAsync(ct) is not { } latest)
            return Refusal.NotFound.ToResult();
        http.Response.Headers.CacheControl = "no-store";
        return TypedResults.Text(latest.Note.ToString(), "text/plain", System.Text.Encoding.UTF8);
    }

    static async Task<IResult> KeysAsync(HttpContext http, Db db, LogKeys keys, LogOptions options, CancellationToken ct)
    {
        http.Response.Headers.CacheControl = "no-store";
        return TypedResults.Json(await PublishedAsync(db, keys, options, ct), Json.Options);
    }

    /// <summary>What the log says of its keys.</summary>
    public static async Task<PublishedKeys> PublishedAsync(Db db, LogKeys keys, LogOptions options, CancellationToken ct)
    {
        var signing = Signing(keys);
        var signed = await db.LogKeys.AsNoTracking().Where(k => k.Origin == options.Origin).OrderBy(k => k.SinceSize).ToListAsync(ct);
        return new(
            options.Origin,
            [
                .. signed.Select(k => new PublishedKey(k.VerifierKey, k.SinceSize, signing.Contains(k.VerifierKey))),
                .. signing.Except(signed.Select(k => k.VerifierKey)).Select(k => new PublishedKey(k, null, true)),
            ],
            [.. options.Witnesses.Select(w => w.Key.ToString())]);
    }

    /// <summary>None while one of them cannot be read: then none signs, and readiness says so.</summary>
    static List<string> Signing(LogKeys keys)
    {
        try
        {
            return [.. keys.Signers().Select(s => s.Key.ToString())];
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Only what a checkpoint covers: nothing that a crash could still take back.</summary>
    static async Task<IResult> TileAsync(string? path, HttpContext http, CheckpointShelf shelf, LogTiles tiles, CancellationToken ct)
    {
        if (path is null || await tiles.ReadAsync(path, await shelf.SizeAsync(ct), ct) is not { } bytes)
            return Refusal.NotFound.ToResult();
        http.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        return TypedResults.Bytes(bytes, "application/octet-stream", entityTag: new($"\"{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes))[..32]}\""));
    }
}

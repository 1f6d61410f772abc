using System.Text.Json;
using System.Text.Json.Nodes;
using Interop.Audit.Archive;
using Interop.AuditLog;
using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Interop.Audit.Log;

/// <summary>
/// Entries as a file that proves itself: lines of JSON under one checkpoint, each entry with its way to the signed root. Read in
/// pages, each recorded in the log before its first byte leaves; kept in memory is one of them.
/// </summary>
internal static class ExportApi
{
    const int Page = 500;

    public static void MapExport(this RouteGroupBuilder audit) =>
        AuditFilter.Describe(audit.MapGet("/export", ExportAsync).Does("audit.export", Actions.Query, Scopes.AuditRead).Refuses(409)
            .Produces<ExportedEntry>(200, MediaType));

    const string MediaType = "application/x-ndjson";

    /// <param name="Export">Names the format.</param>
    /// <param name="Origin">Names the log.</param>
    /// <param name="Keys">The log's verifier keys: to be compared with what it publishes elsewhere.</param>
    /// <param name="Checkpoint">The signed checkpoint under which every proof holds.</param>
    /// <param name="Filters">What was asked for; empty where everything was.</param>
    internal sealed record ExportHeader(string Export, string Origin, IReadOnlyList<string> Keys, string Checkpoint, JsonObject Filters);

    /// <summary>A line of an export. Before the first stands one that names the log and its checkpoint, after the last one with their count.</summary>
    /// <param name="Index">Its number in the log, from 0.</param>
    /// <param name="Canonical">The entry as RFC 8785 JSON. Absent where it was erased with its person.</param>
    /// <param name="Salt">Base64. The log's entry is HMAC-SHA256(salt, canonical). Absent where it was erased.</param>
    /// <param name="Erased">Base64. In place of these two, where they were erased: the log's entry itself.</param>
    /// <param name="Proof">Base64. From its leaf up to the checkpoint's root.</param>
    internal sealed record ExportedEntry(long Index, string? Canonical, byte[]? Salt, byte[]? Erased, IReadOnlyList<byte[]> Proof)
    {
        public static ExportedEntry Of(Numbered n, IReadOnlyList<byte[]> proof) =>
            n.Entry.Body is { } body ? new(n.Index, body.Canonical, body.Salt, null, proof) : new(n.Index, null, null, n.Entry.Held, proof);
    }

    // Where entries were archived and dropped, a line of Archive.ArchivedRange stands in their place.

    internal sealed record ExportEnd(long Count, string Checkpoint);

    /// <summary>
    /// Export entries with their proofs, oldest first. Every entry that the latest checkpoint covers and that the filters name, as lines
    /// of JSON; of those that were archived and dropped, a line for each range says so. `interop audit verify` checks the file offline. A file without its last line, which has `count`, broke off.
    /// </summary>
    internal static async Task<IResult> ExportAsync(HttpContext http, Call call, Work work, Db db, LogSearch log, CheckpointShelf shelf, LogTiles tiles, Archives archives, Trail trail, CancellationToken ct)
    {
        var query = new Query(http);
        var filter = AuditFilter.Read(query);
        if (query.Refusal() is { } refusal)
            return refusal.ToResult();
        if (await shelf.LatestAsync(ct) is not { } latest)
            return (Refusal.Conflict("", "log.not-signed-yet") with { RetryAfter = TimeSpan.FromSeconds(1) }).ToResult();
        var (checkpoint, note) = latest;
        if (await archives.RangesAsync(checkpoint.Size, ct) is not { } archived)
            return (Refusal.Conflict("", "log.not-signed-yet") with { RetryAfter = TimeSpan.FromSeconds(1) }).ToResult();
        var filters = new JsonObject();
        foreach (var (name, value) in http.Request.Query.OrderBy(q => q.Key, StringComparer.Ordinal))
            filters[name] = value.ToString();
        var keys = await db.LogKeys.Where(k => k.Origin == checkpoint.Origin).OrderBy(k => k.SinceSize).Select(k => k.VerifierKey).ToListAsync(ct);
        var first = await PageAsync(0); // recorded and read before the status is: what goes wrong here is still a problem's answer
        return new Streamed(async body =>
        {
            await WriteAsync(new ExportHeader(ExportFile.Format, checkpoint.Origin, keys, note.ToString(), filters));
            var tree = tiles.Tree(checkpoint.Size);
            var gone = new Queue<ArchivedRange>(archived);
            var count = 0L;
            for (var page = first; page.Count > 0; page = page.Count < Page ? [] : await PageAsync(page[^1].Index + 1))
            {
                foreach (var entry in page)
                {
                    await TellAsync(entry.Index);
                    await WriteAsync(ExportedEntry.Of(entry, await tree.InclusionAsync(entry.Index, ct)));
                }
                count += page.Count;
                await body.FlushAsync(ct);
            }
            await TellAsync(checkpoint.Size);
            await WriteAsync(new ExportEnd(count, note.ToString()));

            async Task TellAsync(long before)
            {
                while (gone.TryPeek(out var range) && NumberRanges.Parse(range.Archived)![0].First < before)
                    await WriteAsync(gone.Dequeue());
            }

            async Task WriteAsync<T>(T line)
            {
                await JsonSerializer.SerializeAsync(body, line, Json.Options, ct);
                await body.WriteAsync("\n"u8.ToArray(), ct);
            }
        });

        async Task<List<Numbered>> PageAsync(long from) =>
            (await work.RunAsync<List<Numbered>>(async () =>
            {
                var page = await log.RangeAsync(filter.ToFilter(), from, checkpoint.Size, Page, ct);
                var details = new JsonObject { ["filters"] = new JsonArray([.. filters.Select(f => (JsonNode)f.Key)]), ["count"] = page.Count };
                if (page.Count > 0)
                    (details["first"], details["last"]) = (page[0].Index, page[^1].Index);
                trail.Write(call.Caller, new(Actions.Query, "audit.export") { Person = filter.Person, Details = details });
                return page;
            }, ct)).Value!;
    }

    /// <summary>Writes as it reads. A caller that breaks off ends it; a fault breaks it off, without the last line.</summary>
    sealed class Streamed(Func<Stream, Task> write) : IResult, IStatusCodeHttpResult
    {
        public int? StatusCode => 200;

        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var response = httpContext.Response;
            response.ContentType = $"{MediaType}; charset=utf-8";
            response.Headers.CacheControl = "no-store";
            response.Headers.ContentDisposition = "attachment; filename=\"audit-export.ndjson\"";
            try
            {
                await write(response.Body);
            }
            catch (OperationCanceledException) when (httpContext.RequestAborted.IsCancellationRequested)
            {
            }
        }
    }
}

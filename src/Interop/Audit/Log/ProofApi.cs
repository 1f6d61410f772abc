using System.Globalization;
using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Interop.Audit.Log;

/// <summary>That an entry is in the log (RFC 6962, 2.1.1).</summary>
/// <param name="Index">The entry's number, from 0.</param>
/// <param name="Size">How many entries the tree has that it is proved in.</param>
/// <param name="Leaf">Base64. The leaf hash that the log holds at this number.</param>
/// <param name="Hashes">Base64, from the leaf's sibling up to the root's child.</param>
/// <param name="Checkpoint">The signed checkpoint of this size, with its cosignatures; left out where none was signed at exactly this size.</param>
internal sealed record InclusionView(long Index, long Size, byte[] Leaf, IReadOnlyList<byte[]> Hashes, string? Checkpoint);

/// <summary>That the log of one size begins with the log of another (RFC 6962, 2.1.2).</summary>
/// <param name="From">The smaller size.</param>
/// <param name="To">The larger size.</param>
/// <param name="Hashes">Base64.</param>
/// <param name="Checkpoint">The signed checkpoint of the larger size; left out where none was signed at exactly this size.</param>
internal sealed record ConsistencyView(long From, long To, IReadOnlyList<byte[]> Hashes, string? Checkpoint);

internal static class ProofApi
{
    public static void MapProofs(this RouteGroupBuilder audit)
    {
        audit.MapGet("/entries/{index}/proof", InclusionAsync).Does("audit.proof", Actions.Read, Scopes.AuditRead).Gives<InclusionView>(200, 404, 409, 422)
            .Asks("size", "How many entries the tree has; that of the latest checkpoint where nothing is said.", "int64");
        audit.MapGet("/consistency", ConsistencyAsync).Does("audit.consistency", Actions.Read, Scopes.AuditRead).Gives<ConsistencyView>(200, 409, 422)
            .Asks("from", "The smaller size: of a checkpoint that was kept.", "int64", required: true)
            .Asks("to", "The larger size; that of the latest checkpoint where nothing is said.", "int64");
    }

    /// <summary>Prove that an entry is in the log. Anybody can check it against the public checkpoint, with the entry's own leaf hash.</summary>
    internal static async Task<IResult> InclusionAsync(string index, HttpContext http, Call call, CheckpointShelf shelf, LogTiles tiles, Sequencer sequencer, LogBuilder builder, Db db, Trail trail, CancellationToken ct)
    {
        var query = new Query(http);
        var asked = Size(query, "size");
        if (query.Refusal() is { } refusal)
            return refusal.ToResult();
        await sequencer.RunOnceAsync(ct);
        if (!long.TryParse(index, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return Refusal.NotFound.ToResult();
        if (asked is null && number >= await shelf.SizeAsync(ct))
            await builder.RunOnceAsync(ct); // an entry that was just read need not wait for the worker's turn
        return await call.ReadAsync<InclusionView>(async () =>
        {
            if (!await AuditApi.HasAsync(db, number, ct))
                return Refusal.NotFound;
            var signed = await shelf.SizeAsync(ct);
            var size = asked ?? signed;
            if (size > signed)
                return Refusal.Invalid(new Fault("size", "log.size-beyond", signed));
            if (number >= signed)
                return Refusal.Conflict("", "log.not-signed-yet") with { RetryAfter = TimeSpan.FromSeconds(1) };
            if (number >= size)
                return Refusal.Invalid(new Fault("size", "log.size-before-entry", number + 1));
            var tree = tiles.Tree(size);
            trail.Write(call.Caller, new(Actions.Read, "audit.proof") { ResourceType = "AuditEntry", ResourceId = index });
            return new InclusionView(number, size, await tree.LeafAsync(number, ct), await tree.InclusionAsync(number, ct), (await shelf.FindAsync(size, ct))?.ToString());
        }, ct);
    }

    /// <summary>Prove that the log was only appended to. From a checkpoint that somebody kept to a later one.</summary>
    internal static async Task<IResult> ConsistencyAsync(HttpContext http, Call call, CheckpointShelf shelf, LogTiles tiles, Trail trail, CancellationToken ct)
    {
        var query = new Query(http);
        var (from, asked) = (Size(query, "from"), Size(query, "to"));
        if (from is null && http.Request.Query["from"].Count == 0)
            query.Fail("from", "required");
        if (query.Refusal() is { } refusal)
            return refusal.ToResult();
        return await call.ReadAsync<ConsistencyView>(async () =>
        {
            var signed = await shelf.SizeAsync(ct);
            if (signed == 0)
                return Refusal.Conflict("", "log.not-signed-yet") with { RetryAfter = TimeSpan.FromSeconds(1) };
            var to = asked ?? signed;
            if (to > signed)
                return Refusal.Invalid(new Fault("to", "log.size-beyond", signed));
            if (from > to)
                return Refusal.Invalid(new Fault("from", "log.size-beyond", to));
            trail.Write(call.Caller, new(Actions.Read, "audit.consistency"));
            return new ConsistencyView(from!.Value, to, await tiles.Tree(to).ConsistencyAsync(from.Value, ct), (await shelf.FindAsync(to, ct))?.ToString());
        }, ct);
    }

    static long? Size(Query query, string name)
    {
        if (query.Text(name) is not { } text)
            return null;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size > 0)
            return size;
        query.Fail(name, "number.range", 1, long.MaxValue);
        return null;
    }
}

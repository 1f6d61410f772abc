using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace Interop.Platform.Http;

/// <summary>A view that carries the version its caller sees; answered as the ETag.</summary>
internal interface IVersioned
{
    int Version { get; }
}

/// <summary>A view that carries data disclosed under a consent; the answer's header says so too (42 CFR 2.32).</summary>
internal interface INoticed
{
    bool HasNotice { get; }
}

/// <summary>What an act did: the answer's status and the resource that it is about, enough to answer again (P10).</summary>
/// <param name="Subject">The key with which the view is built, anew each time.</param>
internal sealed record Done(int Status, string Subject, string? Location = null);

/// <summary>One request of one caller, from the first byte of its body to the view that may be answered.</summary>
internal sealed class Call(IHttpContextAccessor accessor, WhenAsked<Work> work, WhenAsked<Db> db)
{
    public const int MaxBody = 1024 * 1024;
    /// <summary>How long a key is remembered (P10).</summary>
    public static TimeSpan KeyLifetime { get; } = TimeSpan.FromHours(24);

    const int MaxDepth = 32;

    byte[]? _body;
    bool _isRead;

    /// <summary>This request repeats one that was done before, under the same key.</summary>
    public bool IsRepeat { get; private set; }

    HttpContext Http => accessor.HttpContext!;

    public Caller Caller => field ??= Doorkeeper.CallerOf(Http) ?? throw new InvalidOperationException("An operation without a caller reached a handler.");

    /// <summary>The language of texts in answers.</summary>
    public string Language => field ??= Http.Language;

    /// <summary>The language of notices to the caller's organisation: as asked for, else the organisation's own.</summary>
    public string NoticeLanguage => Platform.Http.Language.Best(Http.Request.Headers.AcceptLanguage) ?? Doorkeeper.OrganisationLanguageOf(Http);

    public string Text(string code, params object[] arguments) => Http.Text(code, arguments);

    /// <summary>Reads: decided, audited and committed before anything is answered.</summary>
    public Task<IResult> ReadAsync<T>(Func<Task<Answer<T>>> body, CancellationToken ct) where T : class => ShowAsync(work.Value.RunAsync(body, ct));

    /// <summary>The same, where the view can be shown in several forms.</summary>
    public Task<IResult> ReadAsync<T>(Func<Task<Answer<T>>> body, Func<T, IResult> show, CancellationToken ct) where T : class => ShowAsync(work.Value.RunAsync(body, ct), show);

    /// <summary>Answers a read whose unit of work ends with this task.</summary>
    public static Task<IResult> ShowAsync<T>(Task<Answer<T>> committed) where T : class => ShowAsync(committed, view => new Shown<T>(200, view, null));

    static async Task<IResult> ShowAsync<T>(Task<Answer<T>> committed, Func<T, IResult> show) where T : class
    {
        var answer = await committed;
        return answer.Refusal is { } refusal ? refusal.ToResult() : show(answer.Value!);
    }

    /// <summary>
    /// A POST: honours Idempotency-Key (P10). <paramref name="act"/> runs once per key; <paramref name="view"/> builds the answer
    /// every time, through the gate as it stands now.
    /// </summary>
    /// <param name="viewReads">The view reads what was done from the database, so that it must be there by then.</param>
    /// <param name="unkeyed">Does both where there is no key to remember, in a unit of work that it sees to itself; null: it is to be done here.</param>
    public Task<IResult> ActAsync<T>(
        Func<JsonElement, Task<Answer<Done>>> act, Func<Done, Task<Answer<T>>> view, CancellationToken ct, bool viewReads = true, Func<JsonElement, Task<(Done, T)?>>? unkeyed = null) where T : class =>
        ActAsync(act, view, (done, shown) => new Shown<T>(done.Status, shown, done.Location), ct, viewReads, unkeyed: unkeyed);

    /// <summary>The same, where another face shows the view.</summary>
    public async Task<IResult> ActAsync<T>(
        Func<JsonElement, Task<Answer<Done>>> act, Func<Done, Task<Answer<T>>> view, Func<Done, T, IResult> show, CancellationToken ct, bool viewReads = true, int maxDepth = MaxDepth,
        Func<JsonElement, Task<(Done, T)?>>? unkeyed = null) where T : class
    {
        var (body, bytes, refusal) = await ReadBodyAsync(ct, maxDepth);
        if (refusal is not null)
            return refusal.ToResult();
        var key = Http.Request.Headers["Idempotency-Key"].ToString();
        if (!IsKey(key))
            return Refusal.Unparsable(new Fault("Idempotency-Key", "idempotency.key")).ToResult();
        if (key.Length == 0 && unkeyed is not null && await unkeyed(body) is var (did, seen))
            return show(did, seen);
        var hash = Convert.ToHexStringLower(SHA256.HashData(bytes));
        Done? done = null;
        var answer = await work.Value.RunAsync<T>(async () =>
        {
            IsRepeat = false;
            if (key.Length > 0)
            {
                var earlier = await EarlierAsync(key, hash, ct);
                if (earlier.Refusal is { } mismatch)
                    return mismatch;
                IsRepeat = (done = earlier.Value) is not null;
                if (IsRepeat)
                {
                    work.Value.Count(PlatformMetrics.Repeats, ("method", Http.Request.Method));
                    return await view(done!);
                }
            }
            var acted = await act(body);
            if (acted.Refusal is { } refused)
                return refused;
            done = acted.Value!;
            if (viewReads)
                await work.Value.SaveAsync(ct);
            if (key.Length > 0)
                await RememberAsync(key, done, ct);
            return await view(done);
        }, ct);
        return answer.Refusal is { } no ? no.ToResult() : show(done!, answer.Value!);
    }

    /// <summary>
    /// A POST that only asks: honours Idempotency-Key in that the key is bound to its body, and answers anew each time.
    /// <paramref name="prepare"/> does what needs no transaction, <paramref name="answer"/> the rest, within one.
    /// </summary>
    /// <param name="maxDepth">How deep the body may be nested, where the standard that it follows nests deeper than ours.</param>
    /// <param name="unkeyed">Answers where there is no key to remember, in a unit of work that it sees to itself.</param>
    public async Task<IResult> AskAsync<TPrepared, T>(
        Func<JsonElement, Task<Answer<TPrepared>>> prepare, Func<TPrepared, Task<Answer<T>>> answer, CancellationToken ct, int maxDepth = MaxDepth, Func<TPrepared, Task<Answer<T>>>? unkeyed = null)
        where TPrepared : class where T : class
    {
        var (body, bytes, refusal) = await ReadBodyAsync(ct, maxDepth);
        if (refusal is not null)
            return refusal.ToResult();
        var key = Http.Request.Headers["Idempotency-Key"].ToString();
        if (!IsKey(key))
            return Refusal.Unparsable(new Fault("Idempotency-Key", "idempotency.key")).ToResult();
        var prepared = await prepare(body);
        if (prepared.Refusal is { } refused)
            return refused.ToResult();
        var hash = key.Length > 0 ? Convert.ToHexStringLower(SHA256.HashData(bytes)) : "";
        var given = key.Length == 0 && unkeyed is not null ? await unkeyed(prepared.Value!) : await work.Value.RunAsync(async () =>
        {
            var earlier = key.Length > 0 ? await EarlierAsync(key, hash, ct) : default;
            if (earlier.Refusal is { } mismatch)
                return mismatch;
            IsRepeat = earlier.Value is not null;
            if (key.Length > 0 && !IsRepeat)
                await RememberAsync(key, new(200, ""), ct);
            return await answer(prepared.Value!);
        }, ct);
        return given.Refusal is { } no ? no.ToResult() : new Shown<T>(200, given.Value!, null);
    }

    /// <summary>PUT and PATCH: as a POST that acts, guarded by If-Match instead of a key.</summary>
    public async Task<IResult> ChangeAsync<T>(Func<JsonElement, Task<Answer<T>>> change, CancellationToken ct) where T : class
    {
        var (body, _, refusal) = await ReadBodyAsync(ct);
        if (refusal is not null)
            return refusal.ToResult();
        var answer = await work.Value.RunAsync(() => change(body), ct);
        return answer.Refusal is { } no ? no.ToResult() : new Shown<T>(200, answer.Value!, null);
    }

    /// <summary>Holds the caller's If-Match against the version that it would be shown (RFC 9110 section 13.1.1).</summary>
    public Refusal? CheckVersion(int version, bool required = false)
    {
        var header = Http.Request.Headers.IfMatch.ToString().Trim();
        if (header.Length == 0)
            return required ? Refusal.PreconditionRequired : null;
        if (header == "*")
            return null;
        var current = version.ToString(CultureInfo.InvariantCulture);
        return header.Split(',').Select(t => t.Trim()).Select(t => t.StartsWith("W/", StringComparison.Ordinal) ? t[2..] : t)
            .Any(t => t.Trim('"') == current)
            ? null
            : Refusal.Stale;
    }

    static bool IsKey(string key) => key.Length <= 255 && key.All(c => c is >= '!' and <= '~');

    /// <summary>May be called again: some must look into the body before their unit of work begins.</summary>
    public async Task<(JsonElement Body, byte[] Bytes, Refusal? Refusal)> ReadBodyAsync(CancellationToken ct, int maxDepth = MaxDepth)
    {
        if (!_isRead)
            (_body, _isRead) = (await BoundedBody.ReadAsync(Http.Request, MaxBody, ct), true);
        if (_body is not { } bytes)
            return (default, [], new(413, "payload-too-large"));
        if (bytes.Length == 0)
            return (JsonElement.Parse("{}"), bytes, null);
        if (Http.Request.ContentType is { } type && !type.Contains("json", StringComparison.OrdinalIgnoreCase))
            return (default, [], new(415, "unsupported-media-type"));
        try
        {
            var options = new JsonDocumentOptions { MaxDepth = maxDepth, AllowDuplicateProperties = false };
            return (JsonElement.Parse(bytes, options), bytes, null);
        }
        catch (JsonException e)
        {
            var place = e.LineNumber is { } line ? $"{line + 1}:{e.BytePositionInLine + 1}" : "?";
            return (default, [], Refusal.Unparsable(new Fault("", "json.syntax", place)));
        }
        catch (InvalidOperationException) // a member name that is not Unicode, met while looking for duplicates
        {
            return (default, [], Refusal.Unparsable(new Fault("", "text.unicode")));
        }
    }

    async Task<Answer<Done?>> EarlierAsync(string key, string hash, CancellationToken ct)
    {
        var (client, method, path) = (Caller.Client, Http.Request.Method, Path);
        // A row of the same key that is still uncommitted makes this wait for its end: the concurrent twin.
        var dead = work.Value.Now - KeyLifetime;
        await db.Value.Database.ExecuteSqlAsync($"delete from idempotency_keys where client = {client} and method = {method} and path = {path} and key = {key} and created_at <= {db.Value.Time(dead)}", ct);
        if (await db.Value.Database.ExecuteSqlAsync($"insert into idempotency_keys (client, method, path, key, hash, created_at) values ({client}, {method}, {path}, {key}, {hash}, {db.Value.Time(work.Value.Now)}) on conflict do nothing", ct) == 1)
            return (Done?)null!;
        var row = await db.Value.Set<IdempotencyKey>().AsNoTracking().SingleOrDefaultAsync(k => k.Client == client && k.Method == method && k.Path == path && k.Key == key, ct);
        if (row is null)
            return (Done?)null!;
        if (row.Hash != hash)
            return new Refusal(422, "idempotency-mismatch", new Fault("Idempotency-Key", "idempotency.mismatch"));
        return new Done(row.Status, row.Subject, row.Location);
    }

    async Task RememberAsync(string key, Done done, CancellationToken ct) =>
        await db.Value.Database.ExecuteSqlAsync(
            $"update idempotency_keys set status = {done.Status}, subject = {done.Subject}, location = {done.Location} where client = {Caller.Client} and method = {Http.Request.Method} and path = {Path} and key = {key}", ct);

    string Path => Http.Request.Path.Value!;
}

/// <summary>A successful POST under a key: enough to answer a repeat, and nothing of what was answered.</summary>
internal sealed class IdempotencyKey
{
    public required string Client { get; init; }
    public required string Method { get; init; }
    public required string Path { get; init; }
    public required string Key { get; init; }
    public required string Hash { get; init; }
    public int Status { get; init; }
    public string Subject { get; init; } = "";
    public string? Location { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
}

internal static class IdempotencyTables
{
    public static Tables Tables { get; } = new(model =>
        model.Entity<IdempotencyKey>().ToTable("idempotency_keys", "platform").HasKey(k => new { k.Client, k.Method, k.Path, k.Key }));
}

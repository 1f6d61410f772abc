using System.Globalization;
using System.Text.Json.Nodes;
using Interop.Audit;
using Interop.Audit.Log;
using Interop.Identity;
using Interop.Platform;
using Interop.Platform.Engines;

namespace Interop.Server.Upkeep;

/// <summary>
/// <c>keys</c>: the key folder's files, and how they are changed while the exchange runs. A key's name says from when it is used;
/// nodes look into the folder by themselves.
/// </summary>
internal sealed class KeysCommand(KeyFolder folder, SigningKeys signing, LogKeys log, Clock clock, TextWriter output)
{
    public const string Usage =
        """
        keys list | init
        keys rotate <signing|wrapping> [--in <hh:mm:ss>]
        keys reseal | prune
        """;

    /// <summary>Nodes look every few seconds. A folder that is copied from node to node needs longer: say so with --in.</summary>
    static readonly TimeSpan s_notice = TimeSpan.FromMinutes(1);

    /// <summary>How long a replaced key stays: longer than any token lives and any node takes to notice.</summary>
    static readonly TimeSpan s_stay = TimeSpan.FromHours(1);

    public static async Task<int> RunAsync(string[] args)
    {
        await using var app = InteropServer.Build(args);
        var it = new KeysCommand(app.Services.GetRequiredService<KeyFolder>(), app.Services.GetRequiredService<SigningKeys>(), app.Services.GetRequiredService<LogKeys>(), app.Services.GetRequiredService<Clock>(), Console.Out);
        try
        {
            return Commands.Words(args) switch
            {
                ["keys", "list"] => await it.ListAsync(),
                ["keys", "init"] => await it.InitAsync(app.Services.GetRequiredService<SecretBox>()),
                ["keys", "rotate", "signing"] => await it.RotateSigningAsync(NoticeOf(app.Configuration) ?? s_notice),
                ["keys", "rotate", "wrapping"] => await it.RotateWrappingAsync(app, NoticeOf(app.Configuration)),
                ["keys", "reseal"] => await it.ResealAsync(app),
                ["keys", "prune"] => await it.PruneAsync(app),
                _ => throw new UsageException(Usage),
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidOperationException($"The key folder {it.Folder} could not be used: {e.Message} Run this as the user that the server runs as.", e);
        }
    }

    string Folder => folder.Path;

    static TimeSpan? NoticeOf(IConfiguration configuration) =>
        configuration["in"] is not { } text ? null
        : TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out var notice) && notice >= TimeSpan.Zero && notice <= TimeSpan.FromDays(7) ? notice
        : throw new UsageException($"--in: '{text}' is no time of up to a week. Write 00:10:00 for ten minutes.");

    async Task<int> ListAsync()
    {
        foreach (var (key, state) in Stated(signing.Files(), "signs", "still verifies"))
            await output.WriteLineAsync($"{key.Name,-34} {state}");
        foreach (var (key, state) in Stated(Wrapping(), "seals", "still opens"))
            await output.WriteLineAsync($"{key.Name,-34} {state}, id {SecretBox.IdOf(key)}");
        foreach (var key in log.Files())
            await output.WriteLineAsync($"{key.Name,-34} signs the log");
        return 0;
    }

    IEnumerable<(KeyFile Key, string State)> Stated(IReadOnlyList<KeyFile> keys, string does, string still)
    {
        var now = clock.Now;
        var current = keys.LastOrDefault(k => k.IsUsed(now));
        return keys.Select(k => (k, k == current ? does : k.IsUsed(now) ? $"replaced, {still}" : $"{does} from {k.Since:u}"));
    }

    async Task<int> InitAsync(SecretBox box)
    {
        signing.FilesNewestFirst();
        signing.EncryptionKey();
        box.Newest();
        log.Signers();
        await output.WriteLineAsync(folder.Path);
        return await ListAsync();
    }

    async Task<int> RotateSigningAsync(TimeSpan notice)
    {
        signing.FilesNewestFirst(); // what signs until then
        var since = clock.Now + notice;
        await AddAsync(KeyFolder.NameOf(SigningKeys.Prefix, since, SigningKeys.Suffix), SigningKeys.NewKey());
        await output.WriteLineAsync($"Every node publishes it within seconds, and signs with it from {since:u}. `keys prune` removes what it replaced, an hour later.");
        return 0;
    }

    async Task<int> RotateWrappingAsync(WebApplication app, TimeSpan? notice)
    {
        app.Services.GetRequiredService<SecretBox>().Newest();
        if (notice is null)
            await app.MigrateAsync(ask: false); // before a key is made for a database that is not there
        var since = clock.Now + (notice ?? TimeSpan.Zero);
        await AddAsync(KeyFolder.NameOf(SecretBox.Prefix, since, SecretBox.Suffix), SecretBox.NewKey());
        if (notice is null)
        {
            app.Services.GetRequiredService<SecretBox>().Newest();
            return await ResealAsync(app);
        }
        await output.WriteLineAsync($"It seals from {since:u}. Then run `keys reseal`.");
        return 0;
    }

    async Task AddAsync(string name, byte[] key)
    {
        if (!folder.Add(name, key))
            throw new InvalidOperationException($"{name} is there already. Wait a second.");
        await output.WriteLineAsync(Path.Combine(folder.Path, name));
    }

    /// <summary>Seals every secret of the database under the newest key. What nodes seal meanwhile they seal under it too, from a second on; `keys prune` seals the rest anew.</summary>
    async Task<int> ResealAsync(WebApplication app)
    {
        var secrets = await VisitAsync(app);
        await output.WriteLineAsync($"{secrets.Changed} of {secrets.All} secrets sealed anew.");
        return 0;
    }

    async Task<int> PruneAsync(WebApplication app)
    {
        var now = clock.Now;
        var removed = Replaced(signing.Files(), now);
        var wrapping = Replaced(Wrapping(), now);
        if (wrapping.Count > 0)
        {
            var secrets = await VisitAsync(app);
            // Somebody may at this moment be writing back a secret that this has just sealed anew: those keys go the next time.
            if (secrets.Changed == 0)
                removed = [.. removed, .. wrapping.Where(k => !secrets.Keys.Contains(SecretBox.IdOf(k)))];
            else
                await output.WriteLineAsync($"{secrets.Changed} secrets sealed anew. Run this again to remove the keys that they were under.");
        }
        foreach (var key in removed)
        {
            File.Delete(Path.Combine(folder.Path, key.Name));
            await output.WriteLineAsync($"removed {key.Name}");
        }
        await output.WriteLineAsync(removed.Count == 0
            ? "Nothing to remove."
            : "A backup of the database that was made before they were replaced opens only with them: keep the copy of the key folder that belongs to it.");
        return 0;
    }

    /// <summary>Those whose successor has been in use long enough for everybody to have noticed.</summary>
    IReadOnlyList<KeyFile> Replaced(IReadOnlyList<KeyFile> keys, DateTimeOffset now) =>
        keys.LastOrDefault(k => UsedSince(k) <= now - s_stay) is { } settled ? [.. keys.TakeWhile(k => k != settled)] : [];

    DateTimeOffset UsedSince(KeyFile key) => key.Since ?? new(File.GetLastWriteTimeUtc(Path.Combine(folder.Path, key.Name)), TimeSpan.Zero);

    IReadOnlyList<KeyFile> Wrapping() => SecretBox.Files(folder);

    /// <summary>The secrets that there are, how many this sealed anew, and the keys that they are all under now.</summary>
    sealed record Secrets(int All, int Changed, HashSet<string> Keys);

    static async Task<Secrets> VisitAsync(WebApplication app)
    {
        await app.MigrateAsync(ask: false);
        await using var scope = app.Services.CreateAsyncScope();
        var (db, engine, box) = (scope.ServiceProvider.GetRequiredService<Db>(), scope.ServiceProvider.GetRequiredService<Engine>(), scope.ServiceProvider.GetRequiredService<SecretBox>());
        return (await scope.ServiceProvider.GetRequiredService<Work>().RunAsync<Secrets>(async () =>
        {
            var (all, changed, used) = (0, 0, new HashSet<string>());
            foreach (var boxes in scope.ServiceProvider.GetServices<Boxes>())
                await boxes.VisitAsync(db, engine, (old, context) =>
                {
                    var anew = box.SealAnew(old, context);
                    (all, changed) = (all + 1, changed + (anew == old ? 0 : 1));
                    used.Add(SecretBox.IdOf(anew)!);
                    return anew;
                }, CancellationToken.None);
            if (changed > 0)
                scope.ServiceProvider.GetRequiredService<Trail>().Write(
                    Caller.Exchange with { Client = "command", Actor = Environment.UserName },
                    new(Actions.Update, "keys.reseal") { Details = new JsonObject { ["secrets"] = changed } });
            return new Secrets(all, changed, used);
        }, CancellationToken.None)).Value!;
    }
}

using System.Security.Cryptography;
using Interop.Platform.Engines;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Interop.Platform;

/// <summary>
/// Whether the database can be reached and written, as this process last found out: by a request or a worker that failed. While
/// it cannot, the process says so once in the log and on /health/ready; it is well again when something could be written.
/// </summary>
internal sealed partial class Availability(IServiceScopeFactory scopes, Engine engine, ILogger<Availability> log)
{
    /// <summary>More than fits in what room a full disk has left in pages that are there already; random, so that nothing compresses it.</summary>
    const int TrialBytes = 48 * 1024;

    int _lost;

    /// <summary>Whether the database is why this failed. Remembers that it was.</summary>
    public bool IsLost(Exception e)
    {
        if (!engine.IsUnavailable(e))
            return false;
        if (Interlocked.Exchange(ref _lost, 1) == 0)
            Log.Lost(log, ReasonOf(e));
        return true;
    }

    /// <summary>
    /// Whether the database can be written now. Where it could not, that is tried: it takes a write to find out, because one
    /// without room, or a standby, still answers reads.
    /// </summary>
    public async Task<bool> IsGoodAsync(CancellationToken ct)
    {
        if (Volatile.Read(ref _lost) == 0)
            return true;
        try
        {
            await TryToWriteAsync(ct);
        }
        catch (Exception e) when (engine.IsUnavailable(e))
        {
            return false;
        }
        if (Interlocked.Exchange(ref _lost, 0) == 1)
            Log.Found(log);
        return true;
    }

    async Task TryToWriteAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var (db, work) = (scope.ServiceProvider.GetRequiredService<Db>(), scope.ServiceProvider.GetRequiredService<Work>());
        var filler = Convert.ToBase64String(RandomNumberGenerator.GetBytes(TrialBytes));
        // Two units of work: what is deleted in the transaction that wrote it need never reach the disk.
        await work.RunAsync<string>(async () =>
        {
            await db.Database.ExecuteSqlAsync($"insert into facts (name, value) values ('write-trial', {filler}) on conflict (name) do update set value = excluded.value", ct);
            return "";
        }, ct);
        await work.RunAsync<string>(async () =>
        {
            await db.Database.ExecuteSqlAsync($"delete from facts where name = 'write-trial'", ct);
            return "";
        }, ct);
    }

    /// <summary>What the database or the way to it says; its innermost word is the plainest.</summary>
    public static string ReasonOf(Exception e)
    {
        while (e.InnerException is { } inner)
            e = inner;
        return e.Message;
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "The database cannot be reached or written: {Reason} Requests are answered 503 and work waits until it can.")]
        public static partial void Lost(ILogger logger, string reason);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The database is there again.")]
        public static partial void Found(ILogger logger);
    }
}

/// <summary>Notices that the database is there again, whether anybody asks or not.</summary>
internal sealed class LookForTheDatabase(Availability availability) : IBatch
{
    public async Task<int> RunOnceAsync(CancellationToken ct)
    {
        await availability.IsGoodAsync(ct);
        return 0;
    }
}

using Interop.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Interop.Audit.Log;

/// <summary>
/// Whether the log is being signed, and if not, why: said once in the process's log, and kept in the database so that every node's
/// readiness shows it. It is looked at again all the time: once the cause is gone, signing goes on.
/// </summary>
internal sealed partial class LogStanding(ILogger<LogStanding> log)
{
    const string Stopped = "audit-log-stopped";
    const string Contradicted = "audit-log-contradicted";

    const string Missed = "audit-log-missed";

    string? _stopped;
    string? _contradicted;
    string? _missed;
    bool _forgets;

    /// <summary>The size of the checkpoint that this process signed last: it asks the witnesses for it.</summary>
    public long SignedHere { get; set; }

    /// <summary>Inside the transaction that did not sign, or did.</summary>
    /// <param name="why">null: it is signed.</param>
    public Task StopAsync(Db db, string? why, CancellationToken ct)
    {
        if (why != _stopped && why is not null)
            Log.Stopped(log, why);
        else if (why != _stopped)
            Log.Resumed(log);
        _stopped = why;
        return KeepAsync(db, Stopped, why, ct);
    }

    /// <summary>A witness holds what this log does not show: the one sign of a database and keys that were put back together.</summary>
    public Task ContradictAsync(Db db, string? why, CancellationToken ct)
    {
        if (why != _contradicted && why is not null)
            Log.Contradicted(log, why);
        _contradicted = why;
        return KeepAsync(db, Contradicted, why, ct);
    }

    /// <summary>Entries are gone that nobody archived. The log itself goes on: it has their hashes.</summary>
    public Task MissAsync(Db db, string? why, CancellationToken ct)
    {
        if (why != _missed && why is not null)
            Log.Missed(log, why);
        _missed = why;
        return KeepAsync(db, Missed, why, ct);
    }

    public void Forgets(string file, Exception e)
    {
        if (!_forgets)
            Log.Forgets(log, file, e.Message);
        _forgets = true;
    }

    /// <summary>What is wrong with the log, as any node may say it; null when nothing is.</summary>
    public static async Task<string?> WrongAsync(Db db, CancellationToken ct) => await StoppedAsync(db, ct) ?? await ContradictedAsync(db, ct) ?? await ReadAsync(db, Missed, ct);

    public static Task<string?> StoppedAsync(Db db, CancellationToken ct) => ReadAsync(db, Stopped, ct);

    public static Task<string?> ContradictedAsync(Db db, CancellationToken ct) => ReadAsync(db, Contradicted, ct);

    static Task<string?> ReadAsync(Db db, string name, CancellationToken ct) =>
        db.Database.SqlQuery<string?>($"select value as \"Value\" from facts where name = {name}").SingleOrDefaultAsync(ct);

    static async Task KeepAsync(Db db, string name, string? value, CancellationToken ct)
    {
        if (value is null)
            await db.Database.ExecuteSqlAsync($"delete from facts where name = {name}", ct);
        else
            await db.Database.ExecuteSqlAsync($"insert into facts (name, value) values ({name}, {value}) on conflict (name) do update set value = excluded.value", ct);
    }

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Critical, Message = "The audit log is no longer signed. {Why}")]
        public static partial void Stopped(ILogger logger, string why);

        [LoggerMessage(Level = LogLevel.Critical, Message = "The audit log lacks entries. {Why}")]
        public static partial void Missed(ILogger logger, string why);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The audit log is signed again.")]
        public static partial void Resumed(ILogger logger);

        [LoggerMessage(Level = LogLevel.Critical, Message = "A witness contradicts the audit log. {Why}")]
        public static partial void Contradicted(ILogger logger, string why);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The checkpoint that was signed last cannot be kept beside the keys ({File}: {Why}): an old backup put back would be noticed by witnesses only. Set Audit:LastCheckpoint to a file that can be written.")]
        public static partial void Forgets(ILogger logger, string file, string why);
    }
}

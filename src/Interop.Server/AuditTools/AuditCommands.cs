using Interop.AuditLog;

namespace Interop.Server.AuditTools;

/// <summary>What an auditor runs, on a machine of their own: no database, no server, nothing but what the log shows to everybody.</summary>
internal static class AuditCommands
{
    public const string Usage =
        """
        audit verify <address | folder | export file> [--key <vkey>]... [--state <file>] [--log <address | folder>]
                     [--witness <vkey>]... [--quorum <n>] [--json]
        audit mirror <address> <folder> [--key <vkey>]... [--witness <vkey>]... [--quorum <n>] [--json]
        """;

    /// <summary>It does not hold.</summary>
    const int Wrong = 1;
    const int NotUnderstood = 2;

    /// <summary>It could not be read, so that nothing can be said.</summary>
    const int Unreadable = 3;

    /// <summary>So long a log's checkpoint may take to be cosigned.</summary>
    static readonly TimeSpan s_cosigning = TimeSpan.FromSeconds(10);

    /// <returns>0 it holds, 1 it does not, 2 not understood, 3 it could not be read.</returns>
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter errors, CancellationToken ct)
    {
        try
        {
            if (CommandLine.Parse(args.Skip(1), ["--key", "--witness", "--quorum", "--state", "--log"], "--json") is { } line)
                switch (line.Words)
                {
                    case ["verify", var what]:
                        return await ShowAsync(await VerifyAsync(what, line, ct), line, output);
                    case ["mirror", var from, var folder] when !line.Has("--state") && !line.Has("--log"):
                        return await ShowAsync(await MirrorAsync(from, folder, line, ct), line, output);
                }
            await errors.WriteLineAsync(Usage);
            return NotUnderstood;
        }
        catch (FormatException e)
        {
            await errors.WriteLineAsync(e.Message);
            return NotUnderstood;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await errors.WriteLineAsync(e.Message);
            return Unreadable;
        }
    }

    static async Task<int> ShowAsync(ReportText report, CommandLine line, TextWriter output)
    {
        await output.WriteAsync(line.Has("--json") ? report.ToJson() : report.ToText());
        return report.Report.Holds ? 0 : Wrong;
    }

    static Task<ReportText> VerifyAsync(string what, CommandLine line, CancellationToken ct) =>
        !LogPlace.IsAddress(what) && File.Exists(what) ? VerifyExportAsync(what, line, ct)
        : LogPlace.IsAddress(what) || System.IO.Directory.Exists(what) ? VerifyLogAsync(what, line, ct)
        : throw new IOException($"There is no {what}.");

    static async Task<ReportText> VerifyLogAsync(string what, CommandLine line, CancellationToken ct, params IReadOnlyList<Checkpoint> held)
    {
        using var place = new LogPlace(what);
        var memory = MemoryOf(line);
        var (trust, how) = await TrustAsync(line, memory, () => place.KeysAsync(ct));
        var archive = !place.IsRemote && ArchiveFolder.MonthsIn(what).Count > 0 ? await ArchiveFolder.VerifyAsync(what, trust, memory, ct) : null;
        var report = archive?.Log ?? await new LogVerifier(await CosignedAsync(place, trust, ct), trust, memory).RunAsync(ct, held);
        if (report.Memory is { } kept && line.Last("--state") is { } state)
            await LogPlace.WriteAsync(Path.GetDirectoryName(Path.GetFullPath(state))!, Path.GetFileName(state), System.Text.Encoding.UTF8.GetBytes(kept.ToString()));
        return new(what, report, how, memory?.Checkpoint, "Checked") { Months = archive?.Months ?? [] };
    }

    static async Task<ReportText> VerifyExportAsync(string what, CommandLine line, CancellationToken ct)
    {
        var memory = MemoryOf(line);
        using var log = line.Last("--log") is { } named ? new LogPlace(named) : null;
        var (trust, how) = await TrustAsync(line, memory, async () => log is null ? await ExportKeysAsync(what, ct) : await log.KeysAsync(ct));
        using var file = new StreamReader(what);
        var report = await new ExportFile(trust).VerifyAsync(file, ct);
        if (report.Checkpoint is { } checkpoint && memory?.Checkpoint is { } seen && seen.Size == checkpoint.Size && seen != checkpoint)
            report = report with { Findings = [.. report.Findings, new("inconsistent", "The export is under another checkpoint than the log showed before, of the same size.")] };
        // The export's checkpoint must be one that the log passed through, else it is of a log shown to nobody else.
        if (report.Holds && line.Last("--log") is { } whole)
            report = report with { Findings = (await VerifyLogAsync(whole, line, ct, report.Checkpoint!)).Report.Findings };
        return new(what, report, how, null, "Checked");
    }

    static async Task<ReportText> MirrorAsync(string from, string folder, CommandLine line, CancellationToken ct)
    {
        using var place = new LogPlace(from);
        using var mirror = new LogPlace(folder);
        var (trust, how) = await TrustAsync(line, null, async () => await mirror.KeysAsync(ct) is { Count: > 0 } kept ? kept : await place.KeysAsync(ct));
        var report = await new LogMirror(
            await CosignedAsync(place, trust, ct), mirror.ReadAsync, (path, bytes, _) => LogPlace.WriteAsync(folder, path, bytes), LogPlace.Remover(folder), trust).UpdateAsync(ct);
        if (report.Holds && await mirror.ReadAsync("keys", ct) is null && await place.ReadAsync("keys", ct) is { } keys)
            await LogPlace.WriteAsync(folder, "keys", keys);
        return new(from, report, how, null, "Taken in");
    }

    static LogMemory? MemoryOf(CommandLine line) =>
        line.Last("--state") is { } state && File.Exists(state) ? LogMemory.Parse(File.ReadAllText(state)) : null;

    /// <summary>Keys that were named; else those that were trusted the last time; else, the first time, those that the log names itself.</summary>
    static async Task<(LogTrust Trust, string How)> TrustAsync(CommandLine line, LogMemory? memory, Func<Task<IReadOnlyList<VerifierKey>>> published)
    {
        var witnesses = line.All("--witness").Select(VerifierKey.Parse).ToList();
        var quorum = witnesses.Count;
        if (line.Last("--quorum") is { } text && (!int.TryParse(text, out quorum) || quorum < 0 || quorum > witnesses.Count))
            throw new FormatException($"--quorum must be a number from 0 to that of the witnesses, not {text}.");
        if (line.All("--key") is { Count: > 0 } named)
            return (new([.. named.Select(VerifierKey.Parse)], witnesses, quorum), "the key that was named");
        if (memory is not null)
            return (new(memory.Keys, witnesses, quorum), "the key that was trusted the last time");
        return await published() is { Count: > 0 } keys
            ? (new(keys, witnesses, quorum), $"a key taken on trust: compare it with what the operator publishes elsewhere\n{"",-12}  {string.Join($"\n{"",-12}  ", keys)}")
            : throw new FormatException("The log's key is not known: name it with --key.");
    }

    static async Task<IReadOnlyList<VerifierKey>> ExportKeysAsync(string file, CancellationToken ct)
    {
        using var reader = new StreamReader(file);
        return ExportFile.KeysOf(await reader.ReadLineAsync(ct) ?? "");
    }

    /// <summary>Reads from there. Where cosignatures are asked for, a checkpoint just signed is given the time to get them.</summary>
    static async Task<ReadResource> CosignedAsync(LogPlace place, LogTrust trust, CancellationToken ct)
    {
        if (!place.IsRemote || trust.Quorum == 0)
            return place.ReadAsync;
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var checkpoint = await place.ReadAsync("checkpoint", ct);
            if (checkpoint is null || IsEnough(checkpoint, trust) || TimeProvider.System.GetElapsedTime(started) > s_cosigning)
                return (path, stop) => path == "checkpoint" ? Task.FromResult(checkpoint) : place.ReadAsync(path, stop);
            await Task.Delay(TimeSpan.FromMilliseconds(250), ct);
        }
    }

    static bool IsEnough(byte[] checkpoint, LogTrust trust)
    {
        try
        {
            return SignedNote.Parse(checkpoint).Verified(trust.Witnesses).Count >= trust.Quorum;
        }
        catch (FormatException)
        {
            return true; // it will not become better
        }
    }
}

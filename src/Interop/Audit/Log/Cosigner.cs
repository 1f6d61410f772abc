using System.Globalization;
using System.Text;
using Interop.AuditLog;
using Interop.Platform;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Interop.Audit.Log;

/// <summary>
/// Asks each configured witness to cosign the newest checkpoint (C2SP tlog-witness), and adds what it signs to what is shown. The
/// checkpoint is shown before: a witness that is away delays nothing. No transaction is open while one is asked.
/// </summary>
internal sealed partial class Cosigner(Db db, Work work, Clock clock, LogOptions options, CheckpointShelf shelf, LogTiles tiles, LogStanding standing, IHttpClientFactory clients, ILogger<Cosigner> log) : IBatch
{
    public const string Client = "witness";
    public static TimeSpan Timeout { get; } = TimeSpan.FromSeconds(5);

    /// <summary>So long the node that signed is left to ask by itself.</summary>
    static readonly TimeSpan s_others = TimeSpan.FromSeconds(5);

    /// <summary>Returns how many cosignatures it got; 0 too where witnesses are away, which are asked again with the next checkpoint or in a while.</summary>
    public async Task<int> RunOnceAsync(CancellationToken ct)
    {
        if (options.Witnesses.Count == 0 || await shelf.LatestAsync(ct) is not { } latest)
            return 0;
        var size = latest.Checkpoint.Size;
        var at = await db.Checkpoints.Where(c => c.Origin == options.Origin && c.Size == size).Select(c => c.At).SingleAsync(ct);
        if (size != standing.SignedHere && (clock.Now - at).Duration() < s_others)
            return 0;
        var missing = options.Witnesses.Where(w => latest.Note.Signatures.All(s => s.Name != w.Key.Name || s.KeyId != w.Key.KeyId)).ToList();
        var asked = new List<(WitnessAddress Witness, Answer Answer)>();
        foreach (var witness in missing)
            asked.Add((witness, await AskAsync(witness, latest.Checkpoint, latest.Note, ct)));
        return await KeepAsync(size, asked, ct);
    }

    async Task<Answer> AskAsync(WitnessAddress witness, Checkpoint checkpoint, SignedNote note, CancellationToken ct)
    {
        try
        {
            var vkey = witness.Key.ToString();
            var old = await db.Cosignatures.Where(c => c.Origin == options.Origin && c.Witness == vkey && c.Size <= checkpoint.Size).MaxAsync(c => (long?)c.Size, ct) ?? 0;
            var answer = await SendAsync(witness, checkpoint, note, old, ct);
            // It has seen more than we knew of, or was set up anew.
            return answer.Held is { } held && held != old && held <= checkpoint.Size ? await SendAsync(witness, checkpoint, note, held, ct) : answer;
        }
        catch (Exception e) when (e is HttpRequestException or TileMissingException or TaskCanceledException && !ct.IsCancellationRequested)
        {
            Log.Away(log, witness.Key.Name, e.Message);
            return new(null, null, null);
        }
    }

    async Task<Answer> SendAsync(WitnessAddress witness, Checkpoint checkpoint, SignedNote note, long old, CancellationToken ct)
    {
        var proof = await tiles.Tree(checkpoint.Size).ConsistencyAsync(old, ct);
        using var body = new StringContent(new AddCheckpoint(old, proof, note).ToString(), Encoding.UTF8, "text/plain");
        using var response = await clients.CreateClient(Client).PostAsync(new Uri(witness.Url, "add-checkpoint"), body, ct);
        var text = await response.Content.ReadAsStringAsync(ct);
        switch ((int)response.StatusCode)
        {
            case 200 when Cosignature(witness.Key, note, text) is { } line:
                return new(line, null, null);
            case 409 when long.TryParse(text.TrimEnd('\n'), NumberStyles.None, CultureInfo.InvariantCulture, out var held):
                var why = held > checkpoint.Size && held > await shelf.SizeAsync(ct) ? $"{witness.Key.Name} has cosigned {held} entries of this log, which has {checkpoint.Size}: it was put back to an earlier state."
                    : held == old && old == checkpoint.Size ? $"{witness.Key.Name} has cosigned other {held} entries of this log."
                    : null;
                return new(null, held, why);
            case 422:
                return new(null, null, $"To {witness.Key.Name} the log of {checkpoint.Size} entries does not begin with the {old} that it cosigned.");
            default:
                Log.Away(log, witness.Key.Name, $"it answered {(int)response.StatusCode}.");
                return new(null, null, null);
        }
    }

    static NoteSignature? Cosignature(VerifierKey key, SignedNote note, string text)
    {
        try
        {
            return text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(NoteSignature.Parse)
                .FirstOrDefault(s => s.Name == key.Name && s.KeyId == key.KeyId && key.Verifies(note.Text, s.Signature));
        }
        catch (FormatException)
        {
            return null;
        }
    }

    async Task<int> KeepAsync(long size, IReadOnlyList<(WitnessAddress Witness, Answer Answer)> asked, CancellationToken ct)
    {
        if (asked.All(a => a.Answer is { Line: null, Contradiction: null }))
            return 0;
        var given = (await work.RunAsync<Count>(async () =>
        {
            var kept = 0;
            foreach (var (witness, answer) in asked)
                if (answer.Line is { } line)
                    kept += await db.Database.ExecuteSqlAsync(
                        $"""
                        insert into audit_cosignatures (origin, size, witness, line, at)
                        select {options.Origin}, {size}, {witness.Key.ToString()}, {line.Line.TrimEnd('\n')}, {db.Time(work.Now)}
                        where not exists (select 1 from audit_cosignatures where origin = {options.Origin} and size = {size} and witness = {witness.Key.ToString()})
                        """, ct);
            var contradiction = asked.Select(a => a.Answer.Contradiction).FirstOrDefault(c => c is not null);
            if (contradiction is not null || asked.All(a => a.Answer.Line is not null)) // one that is away takes nothing back
                await standing.ContradictAsync(db, contradiction, ct);
            return new Count(kept);
        }, ct)).Value!.Kept;
        LogMetrics.Cosignatures.Add(given);
        return given;
    }

    /// <param name="Held">The size that the witness says it cosigned last.</param>
    sealed record Answer(NoteSignature? Line, long? Held, string? Contradiction);

    sealed record Count(int Kept);

    static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The witness {Witness} did not cosign: {Why}")]
        public static partial void Away(ILogger logger, string witness, string why);
    }
}

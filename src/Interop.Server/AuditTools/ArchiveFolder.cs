using Interop.AuditLog;

namespace Interop.Server.AuditTools;

/// <summary>A folder that holds a copy of the log and months of its entries: <c>2025-11.ndjson</c>.</summary>
internal static class ArchiveFolder
{
    /// <param name="Log">Of everything: what is wrong with a month is among its findings, under the file's name.</param>
    internal sealed record Report(LogReport Log, IReadOnlyList<(string Name, LogReport Report)> Months);

    public static IReadOnlyList<string> MonthsIn(string folder) => [.. System.IO.Directory.EnumerateFiles(folder, "*.ndjson").Order(StringComparer.Ordinal)];

    /// <summary>Each month's entries against its checkpoint, and the log against each of these: it must begin with all of them.</summary>
    public static async Task<Report> VerifyAsync(string folder, LogTrust trust, LogMemory? earlier, CancellationToken ct)
    {
        var months = new List<(string Name, LogReport Report)>();
        foreach (var file in MonthsIn(folder))
        {
            using var lines = new StreamReader(file);
            months.Add((Path.GetFileName(file), await new ExportFile(trust with { Quorum = 0 }).VerifyAsync(lines, ct)));
        }
        using var place = new LogPlace(folder);
        var log = await new LogVerifier(place.ReadAsync, trust, earlier).RunAsync(ct, [.. months.Select(m => m.Report.Checkpoint).OfType<Checkpoint>()]);
        var wrong = months.SelectMany(m => m.Report.Findings.Select(f => f with { Message = $"{m.Name}: {f.Message}" })).ToList();
        return new(wrong.Count == 0 ? log : log with { Findings = [.. log.Findings, .. wrong], Memory = null }, months);
    }
}

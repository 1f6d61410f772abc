using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Interop.AuditLog;

namespace Interop.Server.AuditTools;

/// <summary>A report for whoever has to believe it, or for software.</summary>
/// <param name="What">What was read.</param>
/// <param name="Trust">How the log's key came to be trusted, in words.</param>
/// <param name="Before">The checkpoint that was kept from the last time.</param>
/// <param name="Done">What the number of entries means: checked, or taken in.</param>
internal sealed record ReportText(string What, LogReport Report, string Trust, Checkpoint? Before, string Done)
{
    /// <summary>Of a folder that archives months: what each came to.</summary>
    public IReadOnlyList<(string Name, LogReport Report)> Months { get; init; } = [];

    public string ToText()
    {
        var lines = new List<(string, string)> { ("Read", What) };
        if (Report.Checkpoint is { } checkpoint)
        {
            lines.Add(("Log", checkpoint.Origin));
            lines.Add(("Checkpoint", string.Create(CultureInfo.InvariantCulture, $"{checkpoint.Size} entries, root {Convert.ToBase64String(checkpoint.Root)}")));
        }
        lines.AddRange(Report.SignedBy.Select(key => ("Signed by", $"{key.Name} {key.KeyId:x8}, {Trust}")));
        lines.AddRange(Report.CosignedBy.Select(c => ("Cosigned by", $"{c.Witness.Name} {c.Witness.KeyId:x8} at {Time(c.At)}")));
        if (Before is { } before && Report.Holds)
            lines.Add(("Since before", string.Create(CultureInfo.InvariantCulture, $"the {before.Size} entries that were seen the last time are all there, unchanged")));
        lines.Add((Done, string.Create(CultureInfo.InvariantCulture, $"{Report.Entries} entries")));
        if (Report.Erased > 0)
            lines.Add(("Erased", string.Create(CultureInfo.InvariantCulture, $"of {Report.Erased} of them only the hash is left, which is in the log; compare with the entries of person.erase")));
        if (Report.Archived > 0)
            lines.Add(("Archived", string.Create(CultureInfo.InvariantCulture, $"{Report.Archived} more are no longer in the database, as entries of {ArchivedClaims.Operation} tell; ask for the archive, and verify it")));
        if (Report.Sealed > 0)
            lines.Add(("Sealed", Sealed(Report)));
        lines.AddRange(Months.Select(m => ("Month", string.Create(CultureInfo.InvariantCulture, $"{m.Name}: {m.Report.Entries} entries{(m.Report.Sealed > 0 ? $"; {Sealed(m.Report)}" : "")}"))));
        lines.AddRange(Report.Findings.Select(f => ("WRONG", f.Message)));
        lines.Add(("Result", Report.Holds ? "it holds." : Report.FirstWrong is { } first ? string.Create(CultureInfo.InvariantCulture, $"IT DOES NOT HOLD. The first entry that is wrong: {first}.") : "IT DOES NOT HOLD."));
        return string.Concat(lines.Select(l => $"{l.Item1,-12}  {l.Item2}\n"));
    }

    public string ToJson() => new JsonObject
    {
        ["holds"] = Report.Holds,
        ["read"] = What,
        ["origin"] = Report.Checkpoint?.Origin,
        ["size"] = Report.Checkpoint?.Size,
        ["root"] = Report.Checkpoint is { } checkpoint ? Convert.ToBase64String(checkpoint.Root) : null,
        ["entries"] = Report.Entries,
        ["erased"] = Report.Erased,
        ["archived"] = Report.Archived,
        ["sealed"] = Report.Sealed,
        ["months"] = new JsonArray([.. Months.Select(m => new JsonObject { ["file"] = m.Name, ["entries"] = m.Report.Entries, ["sealed"] = m.Report.Sealed })]),
        ["sizeBefore"] = Before?.Size,
        ["signedBy"] = new JsonArray([.. Report.SignedBy.Select(k => (JsonNode)k.ToString())]),
        ["cosignedBy"] = new JsonArray([.. Report.CosignedBy.Select(c => new JsonObject { ["witness"] = c.Witness.ToString(), ["at"] = Time(c.At) })]),
        ["firstWrong"] = Report.FirstWrong,
        ["findings"] = new JsonArray([.. Report.Findings.Select(f => new JsonObject { ["code"] = f.Code, ["message"] = f.Message, ["entry"] = f.Entry })]),
    }.ToJsonString(s_options) + "\n";

    static string Sealed(LogReport report) =>
        string.Create(CultureInfo.InvariantCulture, $"{report.Sealed} are about persons, and sealed: that they are in the log is proved, what they say opens with the exchange's keys (interop audit open)");

    static string Time(long seconds) => seconds is >= 0 and < 253402300800 // the year 10000
        ? DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)
        : seconds.ToString(CultureInfo.InvariantCulture);

    static readonly JsonSerializerOptions s_options = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}

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
        ["sizeBefore"] = Before?.Size,
        ["signedBy"] = new JsonArray([.. Report.SignedBy.Select(k => (JsonNode)k.ToString())]),
        ["cosignedBy"] = new JsonArray([.. Report.CosignedBy.Select(c => new JsonObject { ["witness"] = c.Witness.ToString(), ["at"] = Time(c.At) })]),
        ["firstWrong"] = Report.FirstWrong,
        ["findings"] = new JsonArray([.. Report.Findings.Select(f => new JsonObject { ["code"] = f.Code, ["message"] = f.Message, ["entry"] = f.Entry })]),
    }.ToJsonString(s_options) + "\n";

    static string Time(long seconds) => seconds is >= 0 and < 253402300800 // the year 10000
        ? DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)
        : seconds.ToString(CultureInfo.InvariantCulture);

    static readonly JsonSerializerOptions s_options = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}

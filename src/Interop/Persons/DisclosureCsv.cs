using System.Globalization;
using System.Text;
using Interop.Platform.Http;

namespace Interop.Persons;

/// <summary>
/// The accounting as RFC 4180. It begins with a byte order mark: without one, the spreadsheets in which people open it take the
/// names' accents for something else; software that reads UTF-8 passes it over.
/// </summary>
internal static class DisclosureCsv
{
    const string End = "\r\n";

    static readonly string[] s_columns = 
    [
        "column.at", "column.recipient", "column.recipient-id", "column.discloser", "column.discloser-id", "column.what", "column.record", "column.how", "column.ground",
        "column.consents",
    ];

    public static Printed Of(Accounting a)
    {
        var text = new StringBuilder("\uFEFF");
        Line(text, s_columns.Select(c => Language.Text(a.Language, $"accounting.{c}")));
        foreach (var d in a.Items)
            Line(text,
            [
                TimeZoneInfo.ConvertTime(d.At, a.By.Zone).ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture),
                d.RecipientName, d.Recipient, d.DiscloserName ?? "", d.Discloser ?? "", d.Text.What, d.ResourceId ?? "", d.Text.How, d.Text.Ground,
                string.Join(' ', d.Consents.Select(c => $"{c.Id} v{c.Version.ToString(CultureInfo.InvariantCulture)}")),
            ]);
        return new(Format.Csv, text.ToString(), a.Language, $"disclosures-{a.Person}.csv");
    }

    static void Line(StringBuilder text, IEnumerable<string> fields) => text.AppendJoin(',', fields.Select(Field)).Append(End);

    /// <summary>Quoted where RFC 4180 asks for it; what a spreadsheet would take for a formula is made text by an apostrophe.</summary>
    internal static string Field(string value)
    {
        if (value.Length > 0 && value[0] is '=' or '+' or '-' or '@' or '\t' or '\r' or '\n')
            value = "'" + value;
        return value.AsSpan().IndexOfAny(",\"\r\n") >= 0 ? $"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : value;
    }
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Interop.Platform.Http;

namespace Interop.Persons;

/// <summary>
/// The accounting as a page to print and hand to the person: one file that loads nothing and runs nothing, in their language, read
/// by a screen reader as it is read on paper.
/// </summary>
internal static class DisclosurePrint
{
    static readonly HtmlEncoder s_encoder = HtmlEncoder.Create(UnicodeRanges.All);

    const string Style = """
        :root { color-scheme: light; }
        * { box-sizing: border-box; }
        body { margin: 0 auto; padding: 2rem 1.5rem 4rem; max-width: 60rem; font: 1rem/1.5 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; color: #1b1b1f; background: #fff; }
        h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .5rem; }
        h2 { font-size: 1.25rem; margin: 2.25rem 0 .5rem; padding-bottom: .25rem; border-bottom: 2px solid #1b1b1f; }
        h3 { font-size: 1.05rem; margin: 1.75rem 0 .25rem; }
        p { margin: 0 0 .75rem; max-width: 46rem; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.25rem; margin: 1.25rem 0; }
        dt { font-weight: 600; }
        dd { margin: 0; overflow-wrap: anywhere; }
        table { width: 100%; border-collapse: collapse; margin: .5rem 0 1rem; font-size: .925rem; }
        caption { text-align: left; padding-bottom: .35rem; color: #47464f; }
        th, td { text-align: left; vertical-align: top; padding: .45rem .6rem .45rem 0; border-bottom: 1px solid #c8c5d0; overflow-wrap: break-word; }
        thead th { border-bottom: 2px solid #78767f; font-weight: 600; }
        th { overflow-wrap: normal; }
        td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
        time, .id { font-variant-numeric: tabular-nums; }
        time { white-space: nowrap; }
        .id { font-size: .85em; color: #47464f; }
        .scroll { overflow-x: auto; }
        ol { margin: .5rem 0; padding-left: 1.5rem; }
        footer { margin-top: 2.5rem; border-top: 1px solid #c8c5d0; padding-top: .75rem; font-size: .9rem; color: #47464f; }
        @page { size: auto; margin: 18mm 16mm 20mm; @bottom-right { content: counter(page) " / " counter(pages); font: 9pt sans-serif; } }
        @media print {
          body { max-width: none; padding: 0; font-size: 10.5pt; color: #000; }
          .scroll { overflow: visible; }
          .id, caption, footer { color: #000; }
          thead { display: table-header-group; }
          tr, dl { break-inside: avoid; }
          h2, h3 { break-after: avoid; }
        }
        @media screen { table { min-width: 44rem; } .scroll:focus-visible { outline: 2px solid #1b1b1f; outline-offset: 2px; } }
        @media (max-width: 40rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .5rem; } }
        """;

    static readonly string s_policy =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

    public static Printed Of(Accounting a) => new(Format.Html, new Page(a).Write(), a.Language) { Policy = s_policy };

    sealed class Page(Accounting a)
    {
        readonly StringBuilder _html = new();

        /// <summary>Numbered, so that the tables need not repeat ids; what each is stands at the end.</summary>
        readonly List<ConsentRelied> _consents = [.. a.Items.SelectMany(d => d.Consents).Distinct().OrderBy(c => c.Id).ThenBy(c => c.Version)];

        public string Write()
        {
            Line($"<!doctype html><html lang=\"{a.Language}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
            Line($"<title>{Text("title")}</title><style>{Style}</style></head><body><main>");
            Line($"<h1>{Text("title")}</h1><p>{Text("introduction")}</p>");
            Line("<dl>");
            Term("person", $"<span class=\"id\">{Escape(a.Person.ToString())}</span>");
            Term("given-by", Escape(a.By.Name));
            Term("given-at", Time(a.At));
            Term("period", a.From is null && a.To is null ? Text("period-all") : Text("period-between", a.From is { } from ? Clock(from) : "…", a.To is { } to ? Clock(to) : "…"));
            Term("zone", Escape(a.By.Zone.Id));
            Line("</dl>");
            if (a.Items.Count == 0)
                Line($"<p>{Text("nothing")}</p>");
            else
                Disclosures();
            Line($"<footer><p>{Text("rights")}</p></footer></main></body></html>");
            return _html.ToString();
        }

        void Disclosures()
        {
            Line($"<section aria-labelledby=\"summary\"><h2 id=\"summary\">{Text("summary")}</h2>");
            Table(Text("summary-caption", a.Items.Count), ["column.recipient", "column.what", "column.ground"], ["column.times", "column.last"]);
            foreach (var g in a.Groups.GroupBy(g => (g.Recipient, g.RecipientName, g.Text.What, g.Text.Ground)))
                Line($"<tr><th scope=\"row\">{Escape(g.Key.RecipientName)}</th><td>{Escape(g.Key.What)}</td><td>{Ground(g.Key.Ground, g.SelectMany(x => x.Consents))}</td><td class=\"number\">{Number(g.Sum(x => x.Times))}</td><td class=\"number\">{Time(g.Max(x => x.Last))}</td></tr>");
            Line("</tbody></table></div></section>");
            Line($"<section aria-labelledby=\"detail\"><h2 id=\"detail\">{Text("detail")}</h2>");
            foreach (var recipient in a.Items.GroupBy(d => (d.RecipientName, d.Recipient)).OrderBy(g => g.Key.RecipientName, StringComparer.Ordinal).ThenBy(g => g.Key.Recipient, StringComparer.Ordinal))
            {
                Line($"<h3>{Escape(recipient.Key.RecipientName)}</h3>");
                Table(Text("detail-caption", recipient.Count(), recipient.Key.RecipientName), ["column.at", "column.what", "column.how", "column.discloser", "column.ground"], []);
                foreach (var d in recipient)
                    Line($"<tr><td>{Time(d.At)}</td><td>{Escape(d.Text.What)}</td><td>{Escape(d.Text.How)}</td><td>{Escape(d.DiscloserName ?? "–")}</td><td>{Ground(d.Text.Ground, d.Consents)}</td></tr>");
                Line("</tbody></table></div>");
            }
            Line("</section>");
            if (_consents.Count == 0)
                return;
            Line($"<section aria-labelledby=\"consents\"><h2 id=\"consents\">{Text("column.consents")}</h2><ol>");
            foreach (var c in _consents)
                Line($"<li class=\"id\">{Text("consent", c.Id, c.Version)}</li>");
            Line("</ol></section>");
        }

        void Table(string caption, IEnumerable<string> columns, IEnumerable<string> numbers)
        {
            Line($"<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{caption}\"><table><caption>{caption}</caption><thead><tr>");
            foreach (var column in columns)
                Line($"<th scope=\"col\">{Text(column)}</th>");
            foreach (var column in numbers)
                Line($"<th scope=\"col\" class=\"number\">{Text(column)}</th>");
            Line("</tr></thead><tbody>");
        }

        void Term(string name, string html) => Line($"<dt>{Text(name)}</dt><dd>{html}</dd>");

        string Ground(string ground, IEnumerable<ConsentRelied> consents) => consents.Select(c => _consents.IndexOf(c)).Distinct().Order().ToList() is { Count: > 0 } numbers
            ? $"{Escape(ground)} <span class=\"id\">({Text("consent-numbers", string.Join(", ", numbers.Select(n => Number(n + 1))))})</span>"
            : Escape(ground);

        string Time(DateTimeOffset t) => $"<time datetime=\"{t.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}\">{Clock(t)}</time>";

        string Clock(DateTimeOffset t) => TimeZoneInfo.ConvertTime(t, a.By.Zone).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

        string Text(string code, params object[] arguments) => Escape(Language.Text(a.Language, $"accounting.{code}", arguments));

        static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

        static string Escape(string text) => s_encoder.Encode(text);

        void Line(string html) => _html.Append(html).Append('\n');
    }
}

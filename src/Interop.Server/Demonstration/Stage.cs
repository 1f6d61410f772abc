using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace Interop.Server.Demonstration;

/// <summary>Somebody in the story.</summary>
/// <param name="Colour">Of an ANSI terminal: 34 blue for justice, 32 green for care, 33 yellow for oversight.</param>
internal sealed record Speaker(string Organisation, int Colour);

/// <summary>
/// Prints the story: steps, the requests that make them, and what each party then sees. Colour only where a terminal shows it.
/// </summary>
internal sealed partial class Stage(TextWriter output, bool colour)
{
    const int Width = 92;
    const int Indent = 4;

    int _step;

    /// <summary>Colour for a terminal that has it; https://no-color.org.</summary>
    public static Stage Console() => new(
        System.Console.Out,
        !System.Console.IsOutputRedirected
            && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
            && Environment.GetEnvironmentVariable("TERM") is not "dumb");

    public void Title(string title, params IEnumerable<string> lines)
    {
        Line();
        Line(Paint(1, title));
        foreach (var line in lines)
            Line(line);
    }

    /// <summary>What happens now, in a sentence or two.</summary>
    public void Step(string what, string? why = null)
    {
        Line();
        Line($"{Paint(1, $"{++_step,2}  {what}")}");
        if (why is not null)
            Wrap(why, Indent, text => Paint(2, text));
    }

    /// <summary>Who sent which request, and how it was answered. Ids are shortened to their end, which differs.</summary>
    public void Request(Speaker party, HttpMethod method, string path, HttpStatusCode status)
    {
        var shown = LongId().Replace(path, m => "…" + m.Value[^6..]);
        var left = $"{party.Organisation,-17} {method.Method,-5} {shown}";
        var code = ((int)status).ToString(CultureInfo.InvariantCulture);
        Line($"{Margin}{Paint(party.Colour, left[..17])}{left[17..].PadRight(Width - Indent - code.Length - 17)}{Paint((int)status < 400 ? 32 : 35, code)}");
    }

    /// <summary>What a party sees: labels and values. null is what it is not told.</summary>
    public void View(string whose, params IEnumerable<(string Label, string? Value)> rows)
    {
        Line($"{Margin}{Paint(2, "│ ")}{Paint(4, whose)}");
        foreach (var (label, value) in rows)
            Wrap(value ?? "not told", Indent + 20, text => value is null ? Paint(2, text) : text, $"{Margin}{Paint(2, "│ ")}{label,-18}");
    }

    /// <summary>A line as it is: what is to be copied must not be broken.</summary>
    public void Line(string text = "") => output.WriteLine(text);

    public void Broke(string what)
    {
        Line();
        Line(Paint(31, "The story broke here."));
        Line(what);
    }

    public string Strong(string text) => Paint(1, text);

    string Paint(int code, string text) => colour ? $"\e[{code}m{text}\e[0m" : text;

    static string Margin => new(' ', Indent);

    void Wrap(string text, int indent, Func<string, string> paint, string? first = null)
    {
        var lead = first ?? new string(' ', indent);
        var rest = first is null ? new string(' ', indent) : $"{Margin}{Paint(2, "│ ")}{new string(' ', indent - Indent - 2)}";
        var line = "";
        foreach (var word in text.Split(' '))
        {
            if (line.Length > 0 && indent + line.Length + 1 + word.Length > Width)
            {
                Line(lead + paint(line));
                (lead, line) = (rest, word);
            }
            else
                line = line.Length == 0 ? word : $"{line} {word}";
        }
        Line(lead + paint(line));
    }

    [GeneratedRegex("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")]
    private static partial Regex LongId();
}

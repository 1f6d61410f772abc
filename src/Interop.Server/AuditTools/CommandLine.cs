namespace Interop.Server.AuditTools;

/// <summary>Words and <c>--name value</c>, as the audit commands take them. A name may come again.</summary>
internal sealed class CommandLine
{
    readonly List<(string Name, string Value)> _options = [];

    CommandLine()
    {
    }

    public List<string> Words { get; } = [];

    /// <param name="flags">Names that have no value.</param>
    /// <returns>null when a name is not known or lacks its value.</returns>
    public static CommandLine? Parse(IEnumerable<string> args, IReadOnlyCollection<string> names, params IReadOnlyCollection<string> flags)
    {
        var line = new CommandLine();
        var rest = new Queue<string>(args);
        while (rest.TryDequeue(out var word))
            if (!word.StartsWith("--", StringComparison.Ordinal))
                line.Words.Add(word);
            else if (flags.Contains(word))
                line._options.Add((word, ""));
            else if (word.Split('=', 2) is [var name, var given] && names.Contains(name))
                line._options.Add((name, given));
            else if (names.Contains(word) && rest.TryDequeue(out var value))
                line._options.Add((word, value));
            else
                return null;
        return line;
    }

    public bool Has(string name) => _options.Any(o => o.Name == name);

    public string? Last(string name) => All(name) is [.., var last] ? last : null;

    public IReadOnlyList<string> All(string name) => [.. _options.Where(o => o.Name == name).Select(o => o.Value)];
}

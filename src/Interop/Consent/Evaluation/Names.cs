namespace Interop.Consent.Evaluation;

/// <summary>What somebody or something goes by: references (<c>Organization/54</c>) and identifiers (<c>system|value</c>).</summary>
internal sealed class Names
{
    const int Few = 8;

    readonly string[] _names;
    readonly HashSet<string>? _many;

    public Names(IEnumerable<string> names)
    {
        _names = [.. names];
        if (_names.Length > 1)
            _names = [.. _names.Distinct()];
        if (_names.Length > Few)
            _many = [.. _names];
        HasIdentifier = Array.Exists(_names, IsIdentifier);
        HasReference = !Array.TrueForAll(_names, IsIdentifier);
    }

    public static Names None { get; } = new([]);

    public IReadOnlyList<string> All => _names;

    public bool IsEmpty => _names.Length == 0;

    public bool HasIdentifier { get; }

    public bool HasReference { get; }

    public bool Contains(string name)
    {
        if (_many is not null)
            return _many.Contains(name);
        foreach (var own in _names)
            if (own == name)
                return true;
        return false;
    }

    public bool Overlaps(Names other)
    {
        var (few, many) = _names.Length <= other._names.Length ? (this, other) : (other, this);
        foreach (var name in few._names)
            if (many.Contains(name))
                return true;
        return false;
    }

    public static bool IsIdentifier(string name) => name.Contains('|', StringComparison.Ordinal);

    public static string Identifier(string? system, string value) => $"{system}|{value}";

    /// <summary>The resource, whichever version of it.</summary>
    public static string Reference(string reference) =>
        reference.IndexOf("/_history/", StringComparison.Ordinal) is > 0 and var cut ? reference[..cut] : reference;
}

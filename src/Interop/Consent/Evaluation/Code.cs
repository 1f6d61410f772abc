namespace Interop.Consent.Evaluation;

/// <summary>A code of a system. Without a system it is a bare code, and means the same in any.</summary>
/// <param name="System">As <see cref="CodeSystems.Normal"/> writes it.</param>
internal readonly record struct Code(string? System, string Value)
{
    public bool Is(Code other) => Value == other.Value && (System is null || other.System is null || System == other.System);

    public override string ToString() => System is null ? Value : $"{System}|{Value}";
}

/// <summary>Codes, any of which will do. Few are compared one by one, many are looked up.</summary>
internal sealed class CodeSet
{
    const int Few = 8;

    readonly Code[] _codes;
    readonly HashSet<Code>? _exact;
    readonly HashSet<string>? _values;
    readonly HashSet<string>? _bare;

    /// <param name="opaque">Something is meant that has no code, only words: nobody can tell what it matches.</param>
    public CodeSet(IEnumerable<Code> codes, bool opaque = false)
    {
        _codes = [.. codes];
        if (_codes.Length > 1)
            _codes = [.. _codes.Distinct()];
        IsOpaque = opaque;
        if (_codes.Length <= Few)
            return;
        _exact = [.. _codes];
        _values = [.. _codes.Select(c => c.Value)];
        _bare = [.. _codes.Where(c => c.System is null).Select(c => c.Value)];
    }

    public IReadOnlyList<Code> Codes => _codes;

    public bool IsOpaque { get; }

    public bool Contains(Code code)
    {
        if (_exact is not null)
            return code.System is null ? _values!.Contains(code.Value) : _exact.Contains(code) || _bare!.Contains(code.Value);
        foreach (var own in _codes)
            if (own.Is(code))
                return true;
        return false;
    }

    public bool Overlaps(CodeSet other)
    {
        var (few, many) = _codes.Length <= other._codes.Length ? (this, other) : (other, this);
        foreach (var code in few._codes)
            if (many.Contains(code))
                return true;
        return false;
    }

    /// <summary>Of a constraint: whether what is asked about meets it. What was only said in words may have meant it.</summary>
    public Match Meets(CodeSet asked) => Overlaps(asked) ? Match.Yes : IsOpaque ? Match.Unknown : Match.No;
}

/// <summary>Whether a constraint is met, as far as anybody can tell.</summary>
internal enum Match : byte
{
    No,
    Yes,

    /// <summary>It cannot be told. A permit then does not apply, and a deny does: it fails closed.</summary>
    Unknown,
}

namespace Interop.Platform.Engines;

/// <summary>Rows that one unit of work writes past the mapper, together, at its end or when somebody asks for it.</summary>
internal sealed class Rows
{
    readonly List<object> _inserted = [];
    readonly List<object> _updated = [];

    public IReadOnlyList<object> Inserted => _inserted;

    /// <summary>Written after those, each whole, as it is by then.</summary>
    public IReadOnlyList<object> Updated => _updated;

    public bool Any => _inserted.Count + _updated.Count > 0;

    public void Insert(object row) => _inserted.Add(row);

    public void Update(object row)
    {
        if (!_inserted.Contains(row, ReferenceEqualityComparer.Instance) && !_updated.Contains(row, ReferenceEqualityComparer.Instance))
            _updated.Add(row);
    }

    public void Clear()
    {
        _inserted.Clear();
        _updated.Clear();
    }
}

using System.Data.Common;

namespace Interop.Platform.Engines;

/// <summary>Rows of one mapped table, as one of several selects that go to the database in one round trip. Not tracked.</summary>
/// <param name="where">With $1, $2 … for the values.</param>
/// <param name="ids">Where given, the condition ends in the column that is to be one of these.</param>
internal abstract class Select(Type entity, string where, IReadOnlyCollection<Guid>? ids, IReadOnlyList<object> values)
{
    public string Where => where;

    public Guid[]? Ids { get; } = ids?.ToArray();

    public IReadOnlyList<object> Values => values;

    public Mapping Mapping(Db db) => Engines.Mapping.Of(db, entity);

    public async Task ReadAsync(Db db, DbDataReader reader, CancellationToken ct)
    {
        Clear();
        var read = Mapping(db).Read;
        while (await reader.ReadAsync(ct))
            Add(read(reader));
    }

    protected abstract void Clear();

    protected abstract void Add(object row);
}

internal sealed class Select<T> : Select where T : class
{
    /// <param name="where">A condition that ends in the column which is to be one of <paramref name="ids"/>.</param>
    public Select(string where, IReadOnlyCollection<Guid> ids) : base(typeof(T), where, ids, [])
    {
    }

    /// <param name="where">A condition with $1, $2 … for the values.</param>
    public Select(string where, params IReadOnlyList<object> values) : base(typeof(T), where, null, values)
    {
    }

    public List<T> Rows { get; } = [];

    protected override void Clear() => Rows.Clear();

    protected override void Add(object row) => Rows.Add((T)row);
}

using System.Data.Common;
using System.Linq.Expressions;
using System.Reflection;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Storage;

namespace Interop.Platform.Engines;

/// <param name="Mapping">As the database has it.</param>
/// <param name="Of">The value of an entity, as the driver takes it.</param>
/// <param name="OfAll">The values of several, as an array of the driver's type.</param>
internal sealed record Column(string Name, RelationalTypeMapping Mapping, Func<object, object?> Of, Func<IReadOnlyList<object>, Array> OfAll);

/// <summary>
/// A mapped table, for the statements that go past the mapper because they are many or often: which columns it has, and how a
/// row becomes an entity and an entity a row. All of it is the model's; nothing is said twice.
/// </summary>
internal sealed class Mapping
{
    const string Kept = "Interop:Mapping";

    Mapping(IEntityType entity)
    {
        var table = entity.GetTableName(); // without its schema: names are unique across them
        Columns = [.. entity.GetProperties().Select(ColumnOf)];
        var columns = string.Join(", ", Columns.Select(c => $"\"{c.Name}\""));
        (SelectAll, InsertInto) = ($"select {columns} from {table}", $"insert into {table} ({columns})");
        var key = entity.FindPrimaryKey()?.Properties.Select(p => p.GetColumnName()).ToList() ?? [];
        var (own, others) = (Columns.Index().Where(c => key.Contains(c.Item.Name)), Columns.Index().Where(c => !key.Contains(c.Item.Name)));
        Update = $"update {table} set {string.Join(", ", others.Select(Is))} where {string.Join(" and ", own.Select(Is))}";
        Read = Reader(entity);
    }

    public IReadOnlyList<Column> Columns { get; }
    public string SelectAll { get; }
    public string InsertInto { get; }

    /// <summary>A row whole, by its key; <c>$1</c>, <c>$2</c> … are its values in the order of <see cref="Columns"/>.</summary>
    public string Update { get; }

    /// <summary>Of a row whose columns stand in the order of <see cref="Columns"/>.</summary>
    public Func<DbDataReader, object> Read { get; }

    /// <summary>Made once for a model, and gone with it.</summary>
    public static Mapping Of(Db db, Type entity)
    {
        var type = db.Model.FindEntityType(entity)!;
        return type.GetOrAddRuntimeAnnotationValue(Kept, static of => new Mapping(of!), type);
    }

    static string Is((int Index, Column Item) column) => $"\"{column.Item.Name}\" = ${column.Index + 1}";

    static Column ColumnOf(IProperty property)
    {
        var mapping = property.GetRelationalTypeMapping();
        var (get, convert) = (property.GetGetter(), mapping.Converter);
        return new(property.GetColumnName(), mapping, convert is null ? get.GetClrValue : entity => get.GetClrValue(entity) is { } value ? convert.ConvertToProvider(value) : null, OfAll(property));
    }

    /// <summary>Made when it is first asked for: few tables are written by several rows.</summary>
    static Func<IReadOnlyList<object>, Array> OfAll(IProperty property)
    {
        var convert = property.GetRelationalTypeMapping().Converter;
        var type = convert?.ProviderClrType ?? Nullable.GetUnderlyingType(property.ClrType) ?? property.ClrType;
        if (type.IsValueType && property.IsNullable)
            type = typeof(Nullable<>).MakeGenericType(type);
        var made = new Lazy<Func<IReadOnlyList<object>, Array>>(() =>
        {
            var row = Expression.Parameter(typeof(object));
            Expression value = Expression.Property(Expression.Convert(row, property.DeclaringType.ClrType), property.PropertyInfo!);
            if (convert?.ConvertToProviderExpression is { } to)
            {
                var converted = Expression.Convert(ReplacingExpressionVisitor.Replace(to.Parameters[0], Expression.Convert(value, to.Parameters[0].Type), to.Body), type);
                value = property.IsNullable ? Expression.Condition(Expression.Equal(value, Expression.Constant(null, value.Type)), Expression.Default(type), converted) : converted;
            }
            return s_arrayOf.MakeGenericMethod(type).CreateDelegate<Func<IReadOnlyList<object>, Array>>(Expression.Lambda(typeof(Func<,>).MakeGenericType(typeof(object), type), value, row).Compile());
        });
        return rows => made.Value(rows);
    }

    static Array ArrayOf<T>(Func<object, T> of, IReadOnlyList<object> rows)
    {
        var values = new T[rows.Count];
        for (var n = 0; n < values.Length; n++)
            values[n] = of(rows[n]);
        return values;
    }

    static Func<DbDataReader, object> Reader(IEntityType entity)
    {
        var reader = Expression.Parameter(typeof(DbDataReader));
        var members = entity.GetProperties().Select((p, n) => Expression.Bind(p.PropertyInfo!, ValueOf(p, reader, n)));
        return Expression.Lambda<Func<DbDataReader, object>>(Expression.MemberInit(Expression.New(entity.ClrType), members), reader).Compile();
    }

    static Expression ValueOf(IProperty property, Expression reader, int ordinal)
    {
        var mapping = property.GetRelationalTypeMapping();
        var method = mapping.GetDataReaderMethod();
        var at = Expression.Constant(ordinal);
        var value = mapping.CustomizeDataReaderExpression(Expression.Call(method.DeclaringType!.IsAssignableFrom(reader.Type) ? reader : Expression.Convert(reader, method.DeclaringType), method, at));
        if (mapping.Converter is { } converter)
        {
            var from = converter.ConvertFromProviderExpression;
            value = ReplacingExpressionVisitor.Replace(from.Parameters[0], value.Type == from.Parameters[0].Type ? value : Expression.Convert(value, from.Parameters[0].Type), from.Body);
        }
        if (value.Type != property.ClrType)
            value = Expression.Convert(value, property.ClrType);
        return property.IsNullable
            ? Expression.Condition(Expression.Call(reader, s_isNull, at), Expression.Default(property.ClrType), value)
            : value;
    }

    static readonly MethodInfo s_isNull = typeof(DbDataReader).GetMethod(nameof(DbDataReader.IsDBNull))!;
    static readonly MethodInfo s_arrayOf = typeof(Mapping).GetMethod(nameof(ArrayOf), BindingFlags.NonPublic | BindingFlags.Static)!;
}

using System.Data.Common;
using System.Linq.Expressions;
using System.Reflection;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Query;
using Microsoft.EntityFrameworkCore.Storage;

namespace Interop.Platform.Engines;

/// <param name="Mapping">As the database has it.</param>
/// <param name="Type">Of the value that the driver takes, null included.</param>
/// <param name="Of">That value of an entity.</param>
internal sealed record Column(string Name, RelationalTypeMapping Mapping, Type Type, Func<object, object?> Of);

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
        var type = convert?.ProviderClrType ?? Nullable.GetUnderlyingType(property.ClrType) ?? property.ClrType;
        return new(property.GetColumnName(), mapping, type.IsValueType && property.IsNullable ? typeof(Nullable<>).MakeGenericType(type) : type,
            convert is null ? get.GetClrValue : entity => get.GetClrValue(entity) is { } value ? convert.ConvertToProvider(value) : null);
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
}

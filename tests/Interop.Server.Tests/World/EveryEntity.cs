using System.Collections;
using System.Data.Common;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Interop.Platform;
using Interop.Platform.Engines;
using Interop.Platform.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace Interop.Server.Tests.World;

/// <summary>One of everything that the mapper knows, with something in every member.</summary>
internal static class EveryEntity
{
    /// <summary>Where the database takes only certain values.</summary>
    static readonly Dictionary<string, object> s_values = new()
    {
        ["EventDelivery.Status"] = "pending",
        ["QueueTask.Task"] = "make",
        ["LawfulGround.Kind"] = "emergency",
        ["Referral.SequentialIntercept"] = 3,
    };

    /// <summary>Where the database wants a value that others of the kind may be without.</summary>
    static readonly HashSet<string> s_needed = ["Client.SecretHash", "ConsentGiven.Until"];

    static readonly DateTimeOffset s_time = new(2026, 2, 3, 4, 5, 6, 789, 123, TimeSpan.Zero);

    public static async Task<List<object>> WriteAsync(Db db)
    {
        var one = new Nth(0, Guid.CreateVersion7(s_time));
        await using var all = await db.Database.BeginTransactionAsync(); // most references are looked at when it commits
        var made = Types(db).Select(t => Make(t, one)).ToList();
        await WriteAsync(made, async entity =>
        {
            db.Add(entity);
            try
            {
                await db.SaveChangesAsync();
            }
            catch
            {
                db.Entry(entity).State = EntityState.Detached;
                throw;
            }
        });
        await all.CommitAsync();
        return made;
    }

    /// <summary>So many of each, every other with nothing in those members that may be without: those of a kind together, past the mapper.</summary>
    public static async Task<List<List<object>>> WriteAsync(Db db, Engine engine, int many)
    {
        var all = Enumerable.Range(0, many).Select(n => new Nth(n, Guid.CreateVersion7(s_time))).ToList();
        await using var transaction = await db.Database.BeginTransactionAsync();
        var made = Types(db).Select(t => all.ConvertAll(nth => Make(t, nth))).ToList();
        await WriteAsync(made, async kind =>
        {
            var rows = new Rows();
            kind.ForEach(rows.Insert);
            await transaction.CreateSavepointAsync("kind");
            try
            {
                await engine.WriteAsync(db, rows, CancellationToken.None);
            }
            catch
            {
                await transaction.RollbackToSavepointAsync("kind");
                db.ChangeTracker.Clear();
                throw;
            }
        });
        await transaction.CommitAsync();
        return made;
    }

    /// <summary>Member by member as it was written.</summary>
    public static async Task IsThereAsync(Db read, object entity)
    {
        var type = read.Model.FindEntityType(entity.GetType())!;
        var back = await read.FindAsync(entity.GetType(), [.. type.FindPrimaryKey()!.Properties.Select(p => Get(p, entity))]);
        Assert.True(back is not null, $"{type.ClrType.Name} is not there.");
        Assert.NotSame(entity, back);
        foreach (var property in type.GetProperties())
            Assert.Equal(Shown(property, entity), Shown(property, back));
    }

    /// <summary>What refers at once to something that is not there yet is written after it.</summary>
    static async Task WriteAsync<T>(IReadOnlyList<T> all, Func<T, Task> write)
    {
        var later = new List<T>();
        Exception? last = null;
        foreach (var one in all)
            try
            {
                await write(one);
            }
            catch (Exception e) when (e is DbUpdateException or DbException)
            {
                last = e;
                later.Add(one);
            }
        if (later.Count == all.Count)
            throw last!;
        if (later.Count > 0)
            await WriteAsync(later, write);
    }

    static IEnumerable<IEntityType> Types(Db db) => db.Model.GetEntityTypes().Where(t => t.ClrType.Namespace!.StartsWith("Interop.", StringComparison.Ordinal) && t.FindPrimaryKey() is not null);

    static object Make(IEntityType type, Nth nth)
    {
        var entity = RuntimeHelpers.GetUninitializedObject(type.ClrType);
        foreach (var (index, property) in type.GetProperties().Index())
        {
            if (property.IsNullable && nth.Number % 2 == 1 && !s_needed.Contains($"{type.ClrType.Name}.{property.Name}"))
                continue;
            var value = s_values.GetValueOrDefault($"{type.ClrType.Name}.{property.Name}") ?? Sample(property.ClrType, nth, index);
            if (property.PropertyInfo is { CanWrite: true } member)
                member.SetValue(entity, value);
            else
                property.FieldInfo!.SetValue(entity, value);
        }
        return entity;
    }

    /// <summary>Something of every type, all ids of the nth the same, so that whatever refers to another finds it; times rise.</summary>
    static object Sample(Type type, Nth nth, int index)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string)) return $"ñandú – \"句\" 😀 {nth.Number}";
        if (type == typeof(Guid)) return nth.Id;
        if (type == typeof(DateTimeOffset)) return s_time.AddDays(index);
        if (type == typeof(DateOnly)) return new DateOnly(1990, 2, 28).AddDays(nth.Number);
        if (type == typeof(int)) return 3 + nth.Number;
        if (type == typeof(long)) return long.MaxValue - 7 - nth.Number;
        if (type == typeof(bool)) return true;
        if (type == typeof(byte[])) return Enumerable.Range(0, 32).Select(i => (byte)(i * 9)).ToArray();
        if (type.IsEnum) return Enum.GetValues(type).GetValue(Enum.GetValues(type).Length - 1)!;
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Id<>)) return Activator.CreateInstance(type, nth.Id)!;
        if (typeof(IEnumerable).IsAssignableFrom(type) && (type.GetElementType() ?? type.GetGenericArguments().SingleOrDefault()) is { } item)
        {
            var list = Array.CreateInstance(item, 1);
            list.SetValue(Sample(item, nth, index), 0);
            return list;
        }
        var constructor = type.GetConstructors().OrderByDescending(c => c.GetParameters().Length).First();
        return constructor.Invoke([.. constructor.GetParameters().Select(p => Sample(p.ParameterType, nth, index))]);
    }

    static object? Get(IProperty property, object entity) => property.PropertyInfo?.GetValue(entity) ?? property.FieldInfo?.GetValue(entity);

    static string Shown(IProperty property, object entity) => $"{property.DeclaringType.ClrType.Name}.{property.Name} = {JsonSerializer.Serialize(Get(property, entity), Json.Options)}";

    readonly record struct Nth(int Number, Guid Id);
}

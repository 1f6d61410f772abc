using System.Text;
using Interop.Platform.Engines;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace Interop.Platform;

/// <summary>A module's tables, and the things that its ids name. Each module adds one; <see cref="Db"/> knows none of them by name.</summary>
internal sealed record Tables(Action<ModelBuilder> Map, params Type[] Identified);

/// <summary>
/// The one unit of work. Modules declare their tables as extension properties in their own namespace, so that a table is in
/// reach only of who imports the module that owns it.
/// </summary>
internal sealed class Db(DbContextOptions<Db> options, IEnumerable<Tables> tables, Engine engine) : DbContext(options)
{
    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        foreach (var type in tables.SelectMany(t => t.Identified))
            configurationBuilder.Properties(typeof(Id<>).MakeGenericType(type)).HaveConversion(typeof(IdConverter<>).MakeGenericType(type));
        engine.Configure(configurationBuilder);
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        foreach (var module in tables)
            module.Map(modelBuilder);
        foreach (var entity in modelBuilder.Model.GetEntityTypes().Where(e => e.ClrType.Namespace!.StartsWith("Interop", StringComparison.Ordinal)))
        foreach (var property in entity.GetProperties())
        {
            property.SetColumnName(Snake(property.Name));
            property.ValueGenerated = ValueGenerated.Never;
        }
    }

    /// <summary>A time as raw SQL wants it on this engine.</summary>
    public object Time(DateTimeOffset t) => engine.Time(t);

    static string Snake(string name)
    {
        var text = new StringBuilder();
        foreach (var c in name)
        {
            if (char.IsUpper(c) && text.Length > 0)
                text.Append('_');
            text.Append(char.ToLowerInvariant(c));
        }
        return text.ToString();
    }
}

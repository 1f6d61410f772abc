using Interop.Platform.Engines;
using Microsoft.EntityFrameworkCore;

namespace Interop.Platform;

/// <summary>
/// Brings a database to this version's schema: numbered SQL files, each in its own transaction, each once. The files are the
/// schema; there is no other description of it.
/// </summary>
/// <remarks>
/// Forward only, and from the first release on only adding (tables, columns that may be null or have a default, indexes): the
/// version before goes on serving a database that this one has migrated, so that nodes are replaced one by one, and put back.
/// </remarks>
internal sealed class Migrator(Db db, Engine engine, Clock clock)
{
    /// <summary>Runs what is missing. Returns the names of the files it ran.</summary>
    /// <exception cref="InvalidOperationException">The database is newer than this program.</exception>
    public async Task<IReadOnlyList<string>> MigrateAsync(CancellationToken ct)
    {
        var files = Files(engine.Name);
        var ran = new List<string>();
        foreach (var file in files)
        {
            await using var held = await engine.BeginAsync(db, ct);
            await engine.LeaseAsync(db, Lease.Migration, ct); // two processes that start together
            var applied = await AppliedAsync(ct);
            if (applied.Except(files.Select(f => f.Name)).Order().ToList() is { Count: > 0 } unknown)
                throw new InvalidOperationException($"The database has migrations that this version does not know: {string.Join(", ", unknown)}. It was made by a newer version.");
            if (applied.Contains(file.Name))
                continue;
            await db.Database.ExecuteSqlRawAsync(file.Sql.Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal), ct);
            await db.Database.ExecuteSqlAsync($"insert into migrations (name, applied_at) values ({file.Name}, {db.Time(clock.Now)})", ct);
            await db.Database.CommitTransactionAsync(ct);
            ran.Add(file.Name);
        }
        return ran;
    }

    /// <summary>The files that the database still lacks; empty when it is ready.</summary>
    public async Task<IReadOnlyList<string>> PendingAsync(CancellationToken ct) =>
        await engine.HasTableAsync(db, "migrations", ct)
            ? [.. Names(engine.Name).Except(await db.Database.SqlQuery<string>($"select name as \"Value\" from migrations").ToListAsync(ct))]
            : Names(engine.Name);

    /// <summary>All that a database of this version has had, by the engine's name.</summary>
    public static IReadOnlyList<string> Names(string engine) => [.. Files(engine).Select(f => f.Name)];

    async Task<IReadOnlyList<string>> AppliedAsync(CancellationToken ct)
    {
        await db.Database.ExecuteSqlRawAsync(engine.CreateMigrationsTable, ct);
        return await db.Database.SqlQuery<string>($"select name as \"Value\" from migrations").ToListAsync(ct);
    }

    static IReadOnlyList<(string Name, string Sql)> Files(string engine)
    {
        var assembly = typeof(Migrator).Assembly;
        var prefix = $"sql/{engine}/";
        return [.. assembly.GetManifestResourceNames()
            .Where(n => n.StartsWith(prefix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(n =>
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(n)!);
                return (n[prefix.Length..], reader.ReadToEnd());
            })];
    }
}

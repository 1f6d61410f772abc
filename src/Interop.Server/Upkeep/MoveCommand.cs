using Interop.Platform.Engines;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Interop.Server.Upkeep;

/// <summary>
/// <c>move</c>: everything that an embedded database holds, into an empty PostgreSQL that <c>ConnectionStrings__Interop</c> names (its
/// owner's, where that is given). In one transaction, counted and compared before it commits: all of it is there, or nothing. The
/// source is only read.
/// </summary>
internal static class MoveCommand
{
    public const string Usage = "move --from <folder of the embedded database>";

    public static async Task<int> RunAsync(string[] args)
    {
        var configuration = InteropServer.NewBuilder(args).Configuration;
        if (configuration["from"] is not { Length: > 0 } from)
            throw new UsageException(Usage);
        var place = Place.Of(configuration);
        if (place.Connection is null)
            throw new UsageException("move: set ConnectionStrings__InteropOwner or ConnectionStrings__Interop to the PostgreSQL that it all goes to.");
        var file = Place.DatabaseIn(Path.GetFullPath(from));
        if (!File.Exists(file))
            throw new InvalidOperationException($"There is no {file}.");
        using var held = new Sqlite(file); // refused while somebody serves it
        await using var source = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Mode = SqliteOpenMode.ReadWrite, Pooling = false }.ToString());
        await source.OpenAsync();
        await using var target = new NpgsqlConnection(place.Connection);
        try
        {
            await target.OpenAsync();
            await new Move(source, target, Console.Out).RunAsync(CancellationToken.None);
        }
        catch (NpgsqlException e)
        {
            throw new InvalidOperationException($"PostgreSQL: {e.Message}. Nothing was moved.", e);
        }
        await Console.Out.WriteLineAsync($"Serve it from PostgreSQL with the keys that it was served with, and {from} no more: keep that as a backup.");
        return 0;
    }
}

namespace Interop.Server.Tests.World;

/// <summary>The executable as an operator has it: a folder for data and keys, a database, and any number of processes.</summary>
public sealed class Installation : IAsyncDisposable
{
    readonly bool _owns;

    Installation(Storage storage, bool owns) => (Storage, _owns) = (storage, owns);

    public Storage Storage { get; }

    /// <summary>Gone with everything in it when the test ends.</summary>
    public string Folder { get; } = System.IO.Directory.CreateTempSubdirectory("interop-installation-").FullName;

    public string Data => Path.Combine(Folder, "data");

    public string Keys => Path.Combine(Folder, "keys");

    /// <summary>What every process of it is told, beside where its database and keys are: <c>Section__Name</c>.</summary>
    public Dictionary<string, string> Environment { get; } = [];

    public static async Task<Installation> NewAsync(Storage storage)
    {
        Assert.SkipWhen(storage.Missing is not null, storage.Missing ?? "");
        await storage.CreateAsync();
        return new(storage, owns: true);
    }

    /// <summary>On a database that its test made, and removes.</summary>
    public static Installation At(Storage storage) => new(storage, owns: false);

    /// <summary>Of an exchange that runs already: its database, data and keys.</summary>
    public static Installation Of(Exchange exchange) => new(exchange.Storage, owns: false)
    {
        Environment = { ["INTEROP_DATA"] = exchange.Data, ["INTEROP_KEYS"] = exchange.Keys },
    };

    /// <summary>Runs a command to its end.</summary>
    public async Task<(int Exit, string Said)> RunAsync(params string[] command)
    {
        await using var run = Start(command);
        return (await run.EndedAsync(), run.Said);
    }

    /// <summary>Serves on a free port until disposed of.</summary>
    public async Task<ServerProcess> ServeAsync(params string[] args)
    {
        var process = Start(["serve", "--urls=http://127.0.0.1:0", .. args]);
        await process.ServesAsync();
        return process;
    }

    public ServerProcess Start(params string[] command) => ServerProcess.Start(command, Folder,
    [
        new("INTEROP_DATA", Data), new("INTEROP_KEYS", Keys), new("ConnectionStrings__Interop", Storage.ConnectionString),
        new("Logging__LogLevel__Microsoft.Hosting.Lifetime", "Information"), .. Environment,
    ]);

    public async ValueTask DisposeAsync()
    {
        if (_owns)
            await Storage.DisposeAsync();
        System.IO.Directory.Delete(Folder, recursive: true);
    }
}

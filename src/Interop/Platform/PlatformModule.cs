using Interop.Platform.Engines;
using Interop.Platform.Events;
using Interop.Platform.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Interop.Platform;

internal static class PlatformModule
{
    /// <summary>PostgreSQL where a connection string is given, else SQLite under <c>INTEROP_DATA</c> (default ./data).</summary>
    public static IServiceCollection AddPlatform(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddHttpContextAccessor();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<Clock>();
        services.AddSingleton<Signals>();
        services.AddSingleton<Opening>();
        services.AddSingleton<Availability>();
        services.AddSingleton(new DataFolder(Path.GetFullPath(configuration["INTEROP_DATA"] ?? "data")));
        services.AddSingleton<Engine>(p => configuration.GetConnectionString("Interop") is { Length: > 0 } connection
            ? new PostgreSql(connection)
            : new Sqlite(p.GetRequiredService<DataFolder>().File("interop.db")));
        services.AddDbContextPool<Db>((p, options) => p.GetRequiredService<Engine>().Use(options)); // what a context is made of costs more than many a request
        services.AddSingleton<KeyFolder>();
        services.AddSingleton<SecretBox>();
        services.AddSingleton<KnownPersonKeys>();
        services.AddScoped<PersonKeys>();
        services.AddSingleton(PersonKeys.Boxes);
        services.AddScoped<Work>();
        services.AddScoped<Call>();
        services.AddScoped<EventLog>();
        services.AddScoped<IErasure, EraseEvents>();
        services.AddTransient(typeof(WhenAsked<>)); // what it gives has its own life
        services.AddScoped<Migrator>();
        services.AddWorker<Gauges>(Signal.Clock, TimeSpan.FromSeconds(5));
        services.AddSingleton<IGauge, RelayGauge>();
        services.AddWorker<ForgetKeys>(Signal.Clock, TimeSpan.FromMinutes(5));
        services.AddWorker<LookForTheDatabase>(Signal.Clock, TimeSpan.FromSeconds(1));
        services.AddSingleton(EventTables.Tables);
        services.AddSingleton(IdempotencyTables.Tables);
        services.AddSingleton(PersonKeyTables.Tables);
        return services;
    }
}

/// <summary>
/// What not every request needs. What is decided in company has its context of the mapper there; to make another for the request, and
/// to clear it away, was a twelfth of the server's time.
/// </summary>
internal sealed class WhenAsked<T>(IServiceProvider services) where T : class
{
    public T Value => field ??= services.GetRequiredService<T>();
}

/// <summary>The folder of the embedded default: the database file and, unless <c>INTEROP_KEYS</c> says otherwise, the keys.</summary>
internal sealed record DataFolder(string Path)
{
    public string File(string name)
    {
        if (OperatingSystem.IsWindows())
            System.IO.Directory.CreateDirectory(Path);
        else
            System.IO.Directory.CreateDirectory(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return System.IO.Path.Combine(Path, name);
    }
}

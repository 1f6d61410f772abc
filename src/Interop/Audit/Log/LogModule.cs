using Interop.Platform;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Interop.Audit.Log;

internal static class LogModule
{
    public static IServiceCollection AddLog(this IServiceCollection services, IConfiguration configuration)
    {
        // Witnesses are the operator's own choice, not partners': no guard of addresses stands before them.
        services.AddHttpClient(Cosigner.Client, client =>
        {
            client.Timeout = Cosigner.Timeout;
            client.MaxResponseContentBufferSize = 64 * 1024;
        }).RemoveAllLoggers();
        return services
            .AddSingleton(LogTables.Tables)
            .AddSingleton(LogOptions.From(configuration)) // made now: a setting that is none stops the start
            .AddSingleton<LogKeys>()
            .AddSingleton<LogStanding>()
            .AddSingleton<IGauge, LogGauge>()
            .AddScoped<LogTiles>()
            .AddScoped<CheckpointShelf>()
            .AddWorker<LogBuilder>(Signal.Clock, TimeSpan.FromMilliseconds(500), rest: TimeSpan.FromMilliseconds(250))
            .AddWorker<Cosigner>(Signal.CheckpointSigned, TimeSpan.FromSeconds(5));
    }
}

using Interop.Platform;
using Microsoft.Extensions.DependencyInjection;

namespace Interop.Audit;

internal static class AuditModule
{
    public static IServiceCollection AddAudit(this IServiceCollection services) => services
        .AddSingleton(AuditTables.Tables)
        .AddScoped<Trail>()
        .AddScoped<LogSearch>()
        .AddScoped<SavedQueries>()
        .AddScoped<Digest>()
        .AddWorker<ClientDays>(Signal.Clock, TimeSpan.FromMinutes(10))
        .AddWorker<Sequencer>(Signal.AuditRecorded, TimeSpan.FromMilliseconds(500));
}

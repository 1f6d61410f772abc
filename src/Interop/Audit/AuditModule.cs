using Interop.Audit.Log;
using Interop.Platform;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Interop.Audit;

internal static class AuditModule
{
    public static IServiceCollection AddAudit(this IServiceCollection services, IConfiguration configuration) => services
        .AddSingleton(AuditTables.Tables)
        .AddLog(configuration)
        .AddScoped<Trail>()
        .AddSingleton<IGauge, AuditGauge>()
        .AddWorker<Sequencer>(Signal.AuditRecorded, TimeSpan.FromMilliseconds(500));
}

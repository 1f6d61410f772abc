using Interop.Platform;
using Microsoft.Extensions.DependencyInjection;

namespace Interop.Audit;

internal static class AuditModule
{
    public static IServiceCollection AddAudit(this IServiceCollection services) => services
        .AddSingleton(AuditTables.Tables)
        .AddScoped<Trail>()
        .AddSingleton<IGauge, AuditGauge>()
        .AddWorker<Sequencer>(Signal.AuditRecorded, TimeSpan.FromMilliseconds(500));
}

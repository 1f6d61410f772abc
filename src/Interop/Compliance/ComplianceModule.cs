using Interop.Platform.Events;
using Microsoft.Extensions.DependencyInjection;

namespace Interop.Compliance;

internal static class ComplianceModule
{
    public static IServiceCollection AddCompliance(this IServiceCollection services) => services
        .AddSingleton(ComplianceTables.Tables)
        .AddScoped<ComplianceBook>().AddScoped<ComplianceDoor>()
        .AddScoped<IReaction, ReleaseHeldReportsOnConsent>();
}

using Interop.Platform;
using Interop.Platform.Events;
using Microsoft.Extensions.DependencyInjection;

namespace Interop.Compliance;

internal static class ComplianceModule
{
    public static IServiceCollection AddCompliance(this IServiceCollection services) => services
        .AddSingleton(ComplianceTables.Tables)
        .AddScoped<ComplianceBook>().AddScoped<ComplianceDoor>().AddScoped<ReportSight>()
        .AddScoped<JointReports>().AddSingleton<Together<JointReports, ReportsAsked, ReportsSeen>>()
        .AddScoped<IErasure, EraseReports>()
        .AddScoped<IReaction, ReleaseHeldReportsOnConsent>();
}

using Interop.Audit;
using Interop.Compliance;
using Interop.Consent;
using Interop.Consent.WithoutConsent;
using Interop.Delivery;
using Interop.Directory;
using Interop.Matters;
using Interop.Persons;
using Interop.Platform;
using Interop.Referrals;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Interop;

/// <summary>The modules, one line each.</summary>
internal static class InteropModules
{
    public static IServiceCollection AddInterop(this IServiceCollection services, IConfiguration configuration) => services
        .AddPlatform(configuration)
        .AddAudit(configuration)
        .AddDirectory()
        .AddPersons(configuration)
        .AddMatters()
        .AddConsent(configuration)
        .AddReferrals(configuration)
        .AddCompliance()
        .AddDelivery(configuration);

    public static void MapInterop(this IEndpointRouteBuilder routes)
    {
        routes.MapAudit();
        routes.MapDirectory();
        routes.MapPersons();
        routes.MapMatters();
        routes.MapConsents();
        routes.MapEmergencyAccess();
        routes.MapCourtOrders();
        routes.MapEvaluation();
        routes.MapAccess();
        routes.MapCdsHooks();
        routes.MapReferrals();
        routes.MapCompliance();
        routes.MapDelivery();
    }
}

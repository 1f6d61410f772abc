using Interop.Audit;
using Interop.Consent;
using Interop.Directory;
using Interop.Matters;
using Interop.Compliance;
using Interop.Persons;
using Interop.Platform;
using Interop.Platform.Events;
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
        .AddSingleton(AuditTables.Tables).AddScoped<Trail>().AddWorker<Sequencer>(Signal.AuditRecorded, TimeSpan.FromMilliseconds(500))
        .AddSingleton(DirectoryTables.Tables).AddScoped<Organisations>()
        .AddSingleton(PersonTables.Tables).AddScoped<PersonRegister>()
        .AddSingleton(MatterTables.Tables).AddScoped<MatterRegister>()
        .AddSingleton(ConsentTables.Tables).AddScoped<Gate>().AddScoped<ConsentRegister>()
        .AddScoped<IReaction, EndConsentsOnFinalDisposition>().AddScoped<IReaction, EndConsentsAtEndOfTreatment>()
        .AddWorker<ConsentClock>(Signal.Clock, TimeSpan.FromMilliseconds(500))
        .AddReferrals(configuration)
        .AddCompliance();

    public static void MapInterop(this IEndpointRouteBuilder routes)
    {
        routes.MapMatters();
        routes.MapConsents();
        routes.MapReferrals();
        routes.MapCompliance();
    }
}

using Interop.Audit;
using Interop.Consent;
using Interop.Directory;
using Interop.Matters;
using Interop.Persons;
using Interop.Platform;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Interop;

/// <summary>The modules, one line each.</summary>
internal static class InteropModules
{
    public static IServiceCollection AddInterop(this IServiceCollection services, IConfiguration configuration) => services
        .AddPlatform(configuration)
        .AddSingleton(AuditTables.Tables).AddScoped<Trail>().AddScoped<Sequencer>()
        .AddDirectory()
        .AddSingleton(PersonTables.Tables).AddScoped<PersonRegister>()
        .AddSingleton(MatterTables.Tables)
        .AddSingleton(ConsentTables.Tables).AddScoped<Gate>();
}

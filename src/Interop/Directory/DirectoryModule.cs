using Microsoft.Extensions.DependencyInjection;

namespace Interop.Directory;

internal static class DirectoryModule
{
    public static IServiceCollection AddDirectory(this IServiceCollection services) => services
        .AddSingleton(DirectoryTables.Tables)
        .AddScoped<Organisations>();
}

using Interop.Platform;
using Microsoft.Extensions.DependencyInjection;

namespace Interop.Matters;

internal static class MattersModule
{
    public static IServiceCollection AddMatters(this IServiceCollection services) => services
        .AddSingleton(MatterTables.Tables)
        .AddScoped<MatterRegister>()
        .AddScoped<IErasure, EraseMatters>();
}

namespace Interop.Server.Safety;

internal static class SafetyModule
{
    public static IServiceCollection AddSafety(this IServiceCollection services, IConfiguration configuration) => services
        .AddSingleton(RateLimitOptions.From(configuration)) // made now: a value out of its bounds stops the start
        .AddSingleton<RateLimits>()
        .AddCors();
}

using Interop.Platform.Http;

namespace Interop.Server.Safety;

/// <summary>
/// <c>Cors:Origins</c>: pages of these origins may call the API with a token of theirs. Without it no page may. Cookies are never
/// taken, so there is nothing to send along.
/// </summary>
internal static class Origins
{
    static readonly string[] s_asked =
        ["Accept", "Accept-Language", "Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", "Interop-Actor", "Prefer", "X-Request-ID", "traceparent"];

    static readonly string[] s_told =
        ["ETag", "Location", "Content-Location", "Last-Modified", "Retry-After", "RateLimit", "RateLimit-Policy", "WWW-Authenticate", "X-Request-ID", Shown<object>.Notice];

    /// <exception cref="InvalidOperationException">One of them is no origin.</exception>
    public static IReadOnlyList<string> From(IConfiguration configuration)
    {
        var section = configuration.GetSection("Cors:Origins");
        string[] texts = [.. section.GetChildren().Select(c => c.Value ?? ""), .. (section.Value ?? "").Split(',')];
        string[] origins = [.. texts.Select(t => t.Trim()).Where(t => t.Length > 0)];
        foreach (var origin in origins)
            if (!Uri.TryCreate(origin, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.GetLeftPart(UriPartial.Authority) != origin)
                throw new InvalidOperationException($"Cors:Origins: '{origin}' is no origin. Write each as https://app.example, with neither path nor *.");
        return origins;
    }

    public static IApplicationBuilder UseOrigins(this IApplicationBuilder app, IReadOnlyList<string> origins) =>
        origins.Count == 0 ? app : app.UseCors(policy => policy
            .WithOrigins([.. origins]).AllowAnyMethod().WithHeaders(s_asked).WithExposedHeaders(s_told).SetPreflightMaxAge(TimeSpan.FromMinutes(10)));
}

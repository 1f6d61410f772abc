using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Interop.Platform.Http;

/// <summary>A form in which a view can be had: by its name in <c>?format=</c>, or by its media type in Accept.</summary>
internal sealed record Format(string Name, string MediaType)
{
    public static Format Json { get; } = new("json", "application/json");
    public static Format Csv { get; } = new("csv", "text/csv");
    public static Format Html { get; } = new("html", "text/html");

    /// <summary>What the caller would rather have (RFC 9110 section 12.5.1); the first where it does not say, or wants what there is not.</summary>
    public static Format Best(HttpContext http, string? named, params IReadOnlyList<Format> formats)
    {
        if (formats.FirstOrDefault(f => f.Name == named) is { } chosen)
            return chosen;
        if (!MediaTypeHeaderValue.TryParseList(http.Request.Headers.Accept, out var wanted))
            return formats[0];
        return wanted.Where(w => w.Quality is not 0).OrderByDescending(w => w.Quality ?? 1)
            .Select(w => formats.FirstOrDefault(f => w.MediaType.Equals(f.MediaType, StringComparison.OrdinalIgnoreCase)) ?? (w.MatchesAllTypes ? formats[0] : null))
            .FirstOrDefault(f => f is not null) ?? formats[0];
    }
}

/// <summary>A text whose unit of work has committed, in a form other than JSON.</summary>
/// <param name="File">The name under which it is to be kept; null where it is to be looked at.</param>
internal sealed record Printed(Format Format, string Text, string Language, string? File = null) : IResult, IStatusCodeHttpResult
{
    /// <summary>The Content-Security-Policy of a page; null where it is none, and the policy is everybody's.</summary>
    public string? Policy { get; init; }

    public int? StatusCode => 200;

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = 200;
        response.ContentType = $"{Format.MediaType}; charset=utf-8";
        response.Headers.ContentLanguage = Language;
        if (Policy is not null)
            response.Headers.ContentSecurityPolicy = Policy;
        response.Headers.CacheControl = "no-store";
        response.Headers.Vary = "Accept, Accept-Language";
        if (File is not null)
            response.Headers.ContentDisposition = $"attachment; filename=\"{File}\"";
        return response.WriteAsync(Text, httpContext.RequestAborted);
    }
}

using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Interop.Platform.Http;

/// <summary>RFC 9457. <c>type</c> is stable; <c>errors</c> names each fault and where it stands.</summary>
/// <param name="Type"><c>urn:interop:problem:</c> and the refusal's code.</param>
/// <param name="Title">What kind of problem it is, in the caller's language.</param>
/// <param name="Status">The HTTP status, again.</param>
/// <param name="Detail">What to do about it, in the caller's language.</param>
/// <param name="Errors">Every fault, none left for a second try.</param>
internal sealed record Problem(string Type, string Title, int Status, string? Detail, IReadOnlyList<ProblemError> Errors);

/// <param name="Path">A member of the body (<c>person.identifiers[0].value</c>), a query parameter or a header; empty for the whole.</param>
/// <param name="Message">In the caller's language.</param>
/// <param name="Code">The same in every language; for software.</param>
internal sealed record ProblemError(string Path, string Message, string Code);

/// <summary>Another face that renders refusals in its own way under its own path: FHIR's OperationOutcome.</summary>
internal sealed record RefusalFormat(PathString Prefix, Func<HttpContext, Refusal, Task> WriteAsync);

internal static class Refusals
{
    extension(HttpContext http)
    {
        public string Language => Language.Best(http.Request.Headers.AcceptLanguage) ?? "en";

        public string Text(string code, params object[] arguments) => Language.Text(http.Language, code, arguments);
    }

    public static IResult ToResult(this Refusal refusal) => new Refused(refusal);

    /// <summary>Writes the refusal in the format of the path, with the headers that its status calls for.</summary>
    public static async Task WriteAsync(HttpContext http, Refusal refusal)
    {
        var response = http.Response;
        response.StatusCode = refusal.Status;
        response.Headers.CacheControl = "no-store";
        http.Items[typeof(Refusal)] = refusal;
        await BeforeAnswer.DoAsync(http);
        if (refusal.RetryAfter is { } after)
            response.Headers.RetryAfter = ((int)Math.Ceiling(after.TotalSeconds)).ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (refusal.Status == 401)
            response.Headers.WWWAuthenticate = "Bearer";
        if (refusal is { Status: 403, Code: "insufficient-scope", Faults: [{ Arguments: [string scope] }] })
            response.Headers.WWWAuthenticate = $"Bearer error=\"insufficient_scope\", scope=\"{scope}\"";
        var format = http.RequestServices.GetServices<RefusalFormat>().FirstOrDefault(f => http.Request.Path.StartsWithSegments(f.Prefix));
        await (format is null ? WriteProblemAsync(http, refusal) : format.WriteAsync(http, refusal));
    }

    /// <summary>The refusal that this request ended in, if any, for the audit log.</summary>
    public static Refusal? Of(HttpContext http) => http.Items[typeof(Refusal)] as Refusal;

    static Task WriteProblemAsync(HttpContext http, Refusal refusal)
    {
        http.Response.ContentType = "application/problem+json; charset=utf-8";
        var problem = ProblemOf(refusal, http.Language);
        return JsonSerializer.SerializeAsync(http.Response.Body, problem, Json.Options, http.RequestAborted);
    }

    public static Problem ProblemOf(Refusal refusal, string language) => new(
        $"urn:interop:problem:{refusal.Code}",
        Language.Text(language, $"problem.{refusal.Code}"),
        refusal.Status,
        refusal.Faults is [{ Path: "" } only] ? Language.Text(language, $"fault.{only.Code}", only.Arguments) : null,
        [.. refusal.Faults.Select(f => new ProblemError(f.Path, Language.Text(language, $"fault.{f.Code}", f.Arguments), f.Code))]);

    sealed class Refused(Refusal refusal) : IResult, IStatusCodeHttpResult
    {
        public int? StatusCode => refusal.Status;

        public Task ExecuteAsync(HttpContext httpContext) => WriteAsync(httpContext, refusal);
    }
}

using System.Globalization;
using System.Net;
using Hl7.Fhir.Model;
using Interop.Platform.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Task = System.Threading.Tasks.Task;

namespace Interop.Fhir;

/// <summary>An answer whose unit of work has committed: the only way in which a resource reaches the wire.</summary>
internal sealed record FhirShown(ReadOnlyMemory<byte> Body, bool Noticed) : IResult, IStatusCodeHttpResult
{
    public int? StatusCode => Status;

    public int Status { get; init; } = 200;

    /// <summary>The version that the caller sees.</summary>
    public string? Version { get; init; }
    public DateTimeOffset? LastModified { get; init; }
    public string? Location { get; init; }

    /// <summary>Of a resource: its version and time go into the headers.</summary>
    public static FhirShown Of(Resource resource) => new(FhirJson.Write(resource), IsNoticed(resource))
    {
        Version = resource.Meta?.VersionId,
        LastModified = resource.Meta?.LastUpdated,
    };

    public static bool IsNoticed(Resource resource) => resource.Meta?.Security.Any(c => c.Code == Systems.NoRedisclosure) is true;

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = Status;
        response.ContentType = FhirJson.ContentType;
        response.Headers.CacheControl = "no-store";
        if (Version is not null)
            response.Headers.ETag = $"W/\"{Version}\"";
        if (LastModified is { } modified)
            response.Headers.LastModified = modified.ToString("R", CultureInfo.InvariantCulture);
        if (Location is not null)
            (response.Headers.Location, response.Headers.ContentLocation) = (Location, Location);
        if (Noticed)
            response.Headers[Shown<object>.Notice] = "42-CFR-2.32; redisclosure-prohibited";
        if (Body.IsEmpty)
            return Task.CompletedTask;
        response.ContentLength = Body.Length;
        return response.Body.WriteAsync(Body, httpContext.RequestAborted).AsTask();
    }
}

/// <summary>The address under which partners reach this face: as configured, else, on loopback, as they called it.</summary>
internal sealed class FhirAddress(IConfiguration configuration, IHttpContextAccessor accessor)
{
    readonly string? _configured = configuration["Identity:Issuer"]?.TrimEnd('/');

    public string Root => _configured ?? AsCalled(accessor.HttpContext!.Request);

    /// <summary>An issuer elsewhere, where tokens come from one.</summary>
    public string? Authority { get; } = configuration["Identity:Authority"];

    public string Base => $"{Root}/fhir";

    /// <summary>Never a name that the caller made up: without a configured one, this machine alone is served.</summary>
    static string AsCalled(HttpRequest request)
    {
        var host = request.Host;
        var known = host.Host is "localhost" || (IPAddress.TryParse(host.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));
        return $"{request.Scheme}://{(known ? host : new HostString("localhost", request.HttpContext.Connection.LocalPort))}";
    }
}

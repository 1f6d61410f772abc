using System.Data.Common;
using Interop.Audit.Log;
using Interop.Delivery.Amqp;
using Interop.Platform;
using Interop.Platform.Http;

namespace Interop.Server;

/// <summary>What whoever keeps the process running asks, and the page that says where everything is.</summary>
internal static class Health
{
    /// <param name="index">Also the page; a node that answers nothing else has none.</param>
    public static void MapHealth(this IEndpointRouteBuilder routes, bool index)
    {
        if (index)
            routes.MapGet("/", Index).IsPublic().ExcludeFromDescription();
        routes.MapGet("/health/live", Live).IsPublic().ExcludeFromDescription();
        routes.MapGet("/health/ready", ReadyAsync).IsPublic().ExcludeFromDescription();
    }

    internal sealed record Links(string Name, string Swagger, string Openapi, string Asyncapi, string Fhir, string Token, string Live, string Ready);

    /// <param name="Broker"><c>up</c>, <c>down</c> or <c>blocked</c>, where this process sends to one.</param>
    /// <param name="AuditLog">What is wrong with the log; left out when nothing is. Requests are served all the same.</param>
    internal sealed record State(string Status, string? Broker = null, string? AuditLog = null);

    static IResult Index() => Answer(200, new Links(
        "Interop, the exchange between courts and clinics",
        "/swagger", $"/openapi/{OpenApi.Description.Version}.json", $"/asyncapi/{AsyncApi.EventDescription.Version}.json", "/fhir/metadata", "/connect/token", "/health/live", "/health/ready"));

    /// <summary>The process answers. Whether the database does is another question: restarting helps nobody while it is away.</summary>
    static IResult Live() => Answer(200, new State("live"));

    /// <summary>
    /// Requests can be served: the database is there, has this version's schema, and takes what is written to it. 503 while not.
    /// Where a write has failed since the last good answer, one is tried. A broker that is down is told and is no reason to turn
    /// requests away: events wait for it.
    /// </summary>
    static async Task<IResult> ReadyAsync(Migrator migrator, Availability availability, Opening opening, Db db, IServiceProvider services, CancellationToken ct)
    {
        try
        {
            if (!opening.IsOpen || !await availability.IsGoodAsync(ct))
                return Answer(503, new State("no-database"));
            var broker = services.GetService<Broker>() is { IsWatched: true } b ? b.State.ToString().ToLowerInvariant() : null;
            return (await migrator.PendingAsync(ct)).Count == 0 ? Answer(200, new State("ready", broker, await LogStanding.WrongAsync(db, ct))) : Answer(503, new State("migrating"));
        }
        catch (Exception e) when (availability.IsLost(e) || e is DbException)
        {
            return Answer(503, new State("no-database"));
        }
    }

    static IResult Answer<T>(int status, T body) where T : class => new NotStored(TypedResults.Json(body, Json.Options, statusCode: status));

    sealed class NotStored(IResult result) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.Headers.CacheControl = "no-store";
            return result.ExecuteAsync(httpContext);
        }
    }
}

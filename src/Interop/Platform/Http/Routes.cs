using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Interop.Platform.Http;

/// <summary>The name under which the log knows an operation. Every endpoint behind the <see cref="Doorkeeper"/> has one.</summary>
internal sealed record Operation(string Name, string Action);

/// <summary>The view of an act that leaves nothing to show: 204 has no body.</summary>
internal sealed record Nothing;

/// <summary>A parameter of the query, for the OpenAPI document: handlers read theirs from <see cref="Query"/>.</summary>
/// <param name="Format">date-time, uuid …; null for text.</param>
/// <param name="Codes">The closed list that it is of.</param>
internal sealed record Asked(string Name, string Description, string? Format = null, IReadOnlyCollection<string>? Codes = null, bool Required = false);

/// <summary>One line a route: what it is called in the log, who may call it, what it takes and gives.</summary>
internal static class Routes
{
    static readonly int[] s_everywhere = [400, 401, 403, 429];

    public static RouteHandlerBuilder Does(this RouteHandlerBuilder route, string operation, string action, string scope, Func<OrganisationKind, bool>? kind = null) =>
        route.Needs(scope, kind).WithMetadata(new Operation(operation, action)).WithName(operation);

    public static RouteHandlerBuilder Takes<T>(this RouteHandlerBuilder route) where T : notnull => route.Accepts<T>("application/json");

    /// <summary>The statuses of the problems that it may end in, beside those that every operation has.</summary>
    public static RouteHandlerBuilder Refuses(this RouteHandlerBuilder route, params IEnumerable<int> statuses)
    {
        foreach (var problem in statuses.Concat(s_everywhere).Distinct())
            route.Produces<Problem>(problem, "application/problem+json");
        return route;
    }

    /// <summary>The answer on success, and the statuses of the problems it may end in, beside those that every operation has.</summary>
    public static RouteHandlerBuilder Gives<T>(this RouteHandlerBuilder route, int status, params IEnumerable<int> problems) =>
        route.Produces<T>(status).Refuses(problems);

    /// <summary>204, and the statuses of the problems it may end in.</summary>
    public static RouteHandlerBuilder GivesNothing(this RouteHandlerBuilder route, params IEnumerable<int> problems) => route.Produces(204).Refuses(problems);

    /// <summary>A parameter of the query. A test holds what is declared here against what the handler asks for.</summary>
    public static RouteHandlerBuilder Asks(this RouteHandlerBuilder route, string name, string description, string? format = null, IReadOnlyCollection<string>? codes = null, bool required = false) =>
        route.WithMetadata(new Asked(name, description, format, codes, required));

    /// <summary>A list in pages.</summary>
    public static RouteHandlerBuilder Pages(this RouteHandlerBuilder route) => route
        .Asks("limit", $"How many at most, 1 to {Query.MaxLimit}; {Query.DefaultLimit} where nothing is said.", "int32")
        .Asks("cursor", "The `next` of the page before.");
}

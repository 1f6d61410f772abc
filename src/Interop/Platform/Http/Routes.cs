using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Interop.Platform.Http;

/// <summary>The name under which the log knows an operation. Every endpoint behind the <see cref="Doorkeeper"/> has one.</summary>
internal sealed record Operation(string Name, string Action);

/// <summary>One line a route: what it is called in the log, who may call it, what it takes and gives.</summary>
internal static class Routes
{
    static readonly int[] s_everywhere = [400, 401, 403];

    public static RouteHandlerBuilder Does(this RouteHandlerBuilder route, string operation, string action, string scope, Func<OrganisationKind, bool>? kind = null) =>
        route.Needs(scope, kind).WithMetadata(new Operation(operation, action)).WithName(operation);

    /// <summary>The same for a route of a group that states who may call it.</summary>
    public static RouteHandlerBuilder As(this RouteHandlerBuilder route, string operation, string action, string summary) =>
        route.WithMetadata(new Operation(operation, action)).WithName(operation).WithSummary(summary);

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
}

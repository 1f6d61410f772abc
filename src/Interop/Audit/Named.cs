using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Interop.Audit;

internal static class Named
{
    /// <summary>One name for the operation: in the log, and as its id in the OpenAPI document.</summary>
    public static RouteHandlerBuilder As(this RouteHandlerBuilder endpoint, string operation, string action, string summary) =>
        endpoint.WithName(operation).WithSummary(summary).WithMetadata(new Operation(operation, action));
}

using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Interop.Platform.Http;

/// <summary>What the OpenAPI document says of an operation that reads and writes its bodies itself.</summary>
internal static class Documented
{
    extension(RouteHandlerBuilder endpoint)
    {
        /// <summary>The body that it takes. <typeparamref name="T"/> is for the document alone: <see cref="Fields"/> reads it.</summary>
        public RouteHandlerBuilder Takes<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.All)] T>() where T : notnull =>
            endpoint.Accepts<T>("application/json");

        /// <summary>The statuses with which it refuses, beside 401 and 403.</summary>
        public RouteHandlerBuilder Refuses(params IEnumerable<int> statuses)
        {
            foreach (var status in (int[])[401, 403, .. statuses])
                endpoint.Produces<Problem>(status, "application/problem+json");
            return endpoint;
        }
    }
}

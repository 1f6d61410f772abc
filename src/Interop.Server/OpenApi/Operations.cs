using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Interop.Server.OpenApi;

/// <summary>One operation, from what its route states: who may call it, what it asks, takes, gives and refuses.</summary>
internal static partial class Operations
{
    public static Task WriteAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken ct)
    {
        var (document, metadata) = (context.Document!, context.Description.ActionDescriptor.EndpointMetadata);
        var method = metadata.OfType<MethodInfo>().FirstOrDefault();
        var body = metadata.OfType<IAcceptsMetadata>().LastOrDefault()?.RequestType;
        WriteWords(operation, metadata, method);
        WriteCallers(operation, document, metadata);
        WriteParameters(operation, document, context.Description.HttpMethod!, metadata, method);
        if (body is not null)
        {
            var required = Schemas.RequiredOf(body).Any();
            operation.RequestBody = new OpenApiRequestBody
            {
                Required = required,
                Description = required ? null : "May be left out.",
                Content = operation.RequestBody!.Content!,
            };
            operation.RequestBody.Content!["application/json"].Example = Examples.Of(operation.OperationId!, body);
        }
        WriteResponses(operation, context, body is not null);
        return Task.CompletedTask;
    }

    static void WriteWords(OpenApiOperation operation, IList<object> metadata, MethodInfo? method)
    {
        var words = method is null ? null : XmlDocs.Of(method);
        var said = metadata.OfType<IEndpointSummaryMetadata>().LastOrDefault()?.Summary;
        var first = words is null ? null : FirstSentence().Match(words).Value;
        operation.Summary = (said ?? first)?.TrimEnd('.');
        operation.Description = said is null ? words?[first!.Length..].Trim() : words;
    }

    static void WriteCallers(OpenApiOperation operation, OpenApiDocument document, IList<object> metadata)
    {
        operation.Security = [];
        if (metadata.OfType<Need>().LastOrDefault() is not { } need)
        {
            operation.Description = $"{operation.Description}\n\nPublic.".Trim();
            return;
        }
        var scopes = metadata.OfType<AlsoScope>().Select(a => a.Scope).Prepend(need.Scope).ToList();
        foreach (var scope in scopes)
            operation.Security.Add(new() { [new OpenApiSecuritySchemeReference(Cover.Scheme, document)] = [scope] });
        var kinds = Enum.GetValues<OrganisationKind>().Where(k => need.Kind?.Invoke(k) is not false && scopes.Any(Scopes.For(k).Contains)).Select(k => k.Code);
        operation.Description = $"{operation.Description}\n\nFor: {string.Join(", ", kinds)}. Scope: {string.Join(" or ", scopes.Select(s => $"`{s}`"))}.".Trim();
    }

    static void WriteParameters(OpenApiOperation operation, OpenApiDocument document, string verb, IList<object> metadata, MethodInfo? method)
    {
        operation.Parameters ??= [];
        foreach (var parameter in operation.Parameters.OfType<OpenApiParameter>().Where(p => p.In is ParameterLocation.Path))
        {
            var type = method?.GetParameters().FirstOrDefault(p => p.Name == parameter.Name)?.ParameterType;
            var id = type is { IsGenericType: true } && type.GetGenericTypeDefinition() == typeof(Id<>);
            parameter.Schema = new OpenApiSchema { Type = JsonSchemaType.String, Format = id ? "uuid" : null };
            parameter.Description = id ? $"Id of the {Words(type!.GetGenericArguments()[0].Name)}." : parameter.Name == "index" ? "Its number, from 0." : "Its id.";
        }
        foreach (var asked in metadata.OfType<Asked>())
            operation.Parameters.Add(new OpenApiParameter
            {
                Name = asked.Name,
                In = ParameterLocation.Query,
                Description = asked.Description,
                Required = asked.Required,
                Schema = new OpenApiSchema
                {
                    Type = asked.Format is "int32" or "int64" ? JsonSchemaType.Integer : JsonSchemaType.String,
                    Format = asked.Format is "int32" or "int64" or "uuid" ? asked.Format : null, // a date will do for an instant
                    Minimum = asked.Format is "int32" or "int64" ? "1" : null,
                    Maximum = asked.Format is "int32" ? Query.MaxLimit.ToString(CultureInfo.InvariantCulture) : null,
                    Default = asked.Format is "int32" ? JsonValue.Create(Query.DefaultLimit) : null,
                    Enum = asked.Codes is null ? null : [.. asked.Codes.Select(c => (JsonNode)c)],
                },
            });
        var statuses = operation.Responses!.Keys;
        var headers = new List<string>();
        if (verb == "POST")
            headers.Add("Idempotency-Key");
        if (statuses.Contains("428"))
            headers.Add("If-Match-Required");
        else if (statuses.Contains("412"))
            headers.Add("If-Match");
        foreach (var header in headers.Concat(["Accept-Language", "Interop-Actor"]))
            operation.Parameters.Add(new OpenApiParameterReference(header, document));
    }

    static void WriteResponses(OpenApiOperation operation, OpenApiOperationTransformerContext context, bool takes)
    {
        var document = context.Document!;
        foreach (var given in context.Description.SupportedResponseTypes.Where(r => r.StatusCode < 300))
        {
            var response = (OpenApiResponse)operation.Responses![given.StatusCode.ToString(CultureInfo.InvariantCulture)];
            var type = given.Type!;
            response.Headers = new Dictionary<string, IOpenApiHeader>();
            if (given.StatusCode is 201 or 202)
                response.Headers["Location"] = new OpenApiHeaderReference("Location", document);
            if (type.IsAssignableTo(typeof(IVersioned)))
                response.Headers["ETag"] = new OpenApiHeaderReference("ETag", document);
            if ((type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Page<>) ? type.GetGenericArguments()[0] : type).IsAssignableTo(typeof(INoticed))) // a page where its items do
                response.Headers["Interop-Notice"] = new OpenApiHeaderReference("Interop-Notice", document);
            response.Description = given.StatusCode is 204 ? "Done." : XmlDocs.Of(type) ?? "Done.";
            if (given.StatusCode is 204)
                response.Content = null;
            else
                foreach (var content in response.Content!.Values)
                    content.Example = Examples.Of(operation.OperationId!, type);
            foreach (var format in context.Description.ActionDescriptor.EndpointMetadata.OfType<Format>())
                response.Content![format.MediaType] = new() { Schema = new OpenApiSchema { Type = JsonSchemaType.String }, Example = Examples.Of(operation.OperationId!, format) };
        }
        foreach (var status in operation.Responses!.Keys.Where(s => s[0] >= '4').Concat(takes ? ["413", "415"] : []).Distinct().ToList())
            operation.Responses[status] = new OpenApiResponseReference(Cover.ProblemOf(status), document);
        operation.Responses["default"] = new OpenApiResponseReference(Cover.ProblemOf("503"), document);
        operation.Responses = Ordered(operation.Responses);
    }

    static OpenApiResponses Ordered(OpenApiResponses responses)
    {
        var ordered = new OpenApiResponses();
        foreach (var (status, response) in responses.OrderBy(r => r.Key, StringComparer.Ordinal))
            ordered[status] = response;
        return ordered;
    }

    /// <summary>CareService: care service.</summary>
    static string Words(string type) => WordStart().Replace(type == "ConsentGiven" ? "Consent" : type, " $0").ToLowerInvariant();

    [GeneratedRegex(@"^.+?[.](?=\s|$)")]
    private static partial Regex FirstSentence();

    [GeneratedRegex(@"(?<!^)[A-Z]")]
    private static partial Regex WordStart();
}

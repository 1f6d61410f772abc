using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Interop.Platform;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Interop.Server.OpenApi;

/// <summary>The shapes: what of them is required, of which closed list, and what the docstrings say.</summary>
internal sealed class Schemas
{
    readonly ConcurrentDictionary<string, JsonTypeInfo> _named = new();

    public string? NameOf(JsonTypeInfo type)
    {
        if (IsId(type.Type) || OpenApiOptions.CreateDefaultSchemaReferenceId(type) is not { } name)
            return null;
        _named[name] = type;
        return name;
    }

    /// <summary>Types that our converters write, of which the exporter knows nothing.</summary>
    public static Task WriteAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken ct)
    {
        var type = Nullable.GetUnderlyingType(context.JsonTypeInfo.Type) ?? context.JsonTypeInfo.Type;
        if (IsId(type) || type == typeof(Guid))
            (schema.Type, schema.Format) = (JsonSchemaType.String, "uuid");
        else if (type == typeof(DateTimeOffset))
            (schema.Type, schema.Format) = (JsonSchemaType.String, "date-time");
        else if (type == typeof(byte[]))
            (schema.Type, schema.Format) = (JsonSchemaType.String, "byte");
        return Task.CompletedTask;
    }

    /// <summary>
    /// Members that may be null are left out instead; so in answers what is not named required may be absent, and in requests null
    /// is as good as absent.
    /// </summary>
    public void Complete(OpenApiDocument document)
    {
        var components = document.Components!.Schemas!;
        components.Remove("Nothing");
        foreach (var (name, component) in components)
        {
            if (component is not OpenApiSchema schema || !_named.TryGetValue(name, out var type) || type.Kind is not JsonTypeInfoKind.Object)
                continue;
            schema.Description = XmlDocs.Of(type.Type);
            schema.Required = RequiredOf(type.Type).ToHashSet();
            if (schema.Required.Count == 0)
                schema.Required = null;
            if (IsRequest(type.Type))
                schema.AdditionalPropertiesAllowed = false; // unknown members are refused, by name
            foreach (var property in type.Properties)
                if (property.AttributeProvider is PropertyInfo member && schema.Properties is { } members && members.TryGetValue(property.Name, out var before))
                    members[property.Name] = Write(before, type.Type, member);
        }
    }

    public static IEnumerable<string> RequiredOf(Type type) => type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(p => p.GetCustomAttribute<JsonIgnoreAttribute>() is not { Condition: JsonIgnoreCondition.Always })
        .Where(p => !IsNullable(p) || IsNeverLeftOut(p))
        .Where(p => !Lists.MayBeLeftOut(type, p.Name))
        .Select(p => p.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(p.Name));

    static IOpenApiSchema Write(IOpenApiSchema schema, Type type, PropertyInfo member)
    {
        var description = XmlDocs.Of(type, member);
        if (schema is OpenApiSchema { OneOf: { Count: 2 } either } && either.OfType<OpenApiSchemaReference>().SingleOrDefault() is { } reference)
            schema = reference; // "null or this": null is left out
        if (schema is OpenApiSchemaReference to)
        {
            to.Description = description;
            return to;
        }
        var own = (OpenApiSchema)schema;
        own.Description = description;
        if (!IsNeverLeftOut(member))
            own.Type &= ~JsonSchemaType.Null;
        if (Lists.Of(type, member.Name) is { } codes)
            (own.Items as OpenApiSchema ?? own).Enum = [.. codes.Select(c => (JsonNode)c)];
        return own;
    }

    static bool IsNullable(PropertyInfo property) =>
        Nullable.GetUnderlyingType(property.PropertyType) is not null || new NullabilityInfoContext().Create(property).ReadState is NullabilityState.Nullable;

    static bool IsNeverLeftOut(PropertyInfo property) => property.GetCustomAttribute<JsonIgnoreAttribute>()?.Condition is JsonIgnoreCondition.Never;

    static bool IsId(Type type) => (Nullable.GetUnderlyingType(type) ?? type) is { IsGenericType: true } t && t.GetGenericTypeDefinition() == typeof(Id<>);

    public static bool IsRequest(Type type) => type.Name.EndsWith("Request", StringComparison.Ordinal) || type.Name.EndsWith("Input", StringComparison.Ordinal) || type.Name.EndsWith("Patch", StringComparison.Ordinal);
}

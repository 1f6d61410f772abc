using System.Text.Json.Nodes;
using Interop.Consent;
using Interop.Platform.Http;

namespace Interop.Server.OpenApi;

/// <summary>The examples of examples.json: by operation where it has its own, else by the type's name. A page has one item.</summary>
internal static class Examples
{
    static readonly JsonObject s_all = Load();

    public static JsonNode? Of(string operation, Type type)
    {
        if (s_all[Schemas.IsRequest(type) ? operation : operation + " answer"] is { } own)
            return own.DeepClone();
        if (type.IsGenericType && (type.GetGenericTypeDefinition() == typeof(Page<>) || type.GetGenericTypeDefinition() == typeof(NoticedPage<>)))
            return Of(operation, type.GetGenericArguments()[0]) is { } item ? new JsonObject { ["items"] = new JsonArray(item), ["next"] = null } : null;
        return s_all[type.Name]?.DeepClone();
    }

    /// <summary>The answer in a form other than JSON.</summary>
    public static JsonNode? Of(string operation, Format format) => s_all[$"{operation} {format.MediaType}"]?.DeepClone();

    static JsonObject Load()
    {
        using var stream = typeof(Examples).Assembly.GetManifestResourceStream("openapi/examples.json")!;
        return JsonNode.Parse(stream)!.AsObject();
    }
}

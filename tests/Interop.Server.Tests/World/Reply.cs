using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Interop.Server.Tests.World;

/// <summary>What came back.</summary>
public sealed record Reply(int Status, HttpResponseHeaders Headers, MediaTypeHeaderValue? Type, string Text)
{
    public JsonNode? Json => field ??= Text.Length == 0 ? null : JsonNode.Parse(Text);

    /// <summary>A member by path: <c>person.identifiers[0].value</c>; null where it is not there.</summary>
    public string? this[string path] => Json.At(path)?.ToString();

    public IReadOnlyList<JsonNode> Items => [.. Json!["items"]!.AsArray().Select(i => i!)];

    public Guid Id => Guid.Parse(this["id"]!);

    public int Version => int.Parse(this["version"]!, System.Globalization.CultureInfo.InvariantCulture);

    public string? ETag => Headers.ETag?.ToString();

    /// <summary>The faults of a problem, each as <c>path code</c>, in order of the text.</summary>
    public IReadOnlyList<string> Faults => [.. Json!["errors"]!.AsArray().Select(e => $"{e!["path"]} {e["code"]}").Order(StringComparer.Ordinal)];

    /// <summary>The one fault's message.</summary>
    public string Message => Json!["errors"]!.AsArray().Single()!["message"]!.ToString();

    public Reply Is(int status)
    {
        Assert.True(Status == status, $"Expected {status}, got {Status}: {Text}");
        return this;
    }

    /// <summary>A refusal of this status with exactly these faults.</summary>
    public Reply Refuses(int status, params string[] faults)
    {
        Is(status);
        Assert.Equal("application/problem+json", Type?.MediaType);
        Assert.Equal(faults.Order(StringComparer.Ordinal), Faults);
        return this;
    }

    public static async Task<Reply> OfAsync(HttpResponseMessage response) =>
        new((int)response.StatusCode, response.Headers, response.Content.Headers.ContentType, await response.Content.ReadAsStringAsync());
}

/// <summary>Bodies are JSON; a test changes what it is about.</summary>
public static class Bodies
{
    /// <summary>The same body with one member set: <c>With("person.sex", "female")</c>. null leaves it out.</summary>
    public static JsonObject With(this JsonObject body, string path, object? value)
    {
        var copy = (JsonObject)body.DeepClone();
        var (parent, name) = path.LastIndexOf('.') is > 0 and var dot ? (copy.At(path[..dot])!, path[(dot + 1)..]) : (copy, path);
        if (value is null)
            parent.AsObject().Remove(name);
        else
            parent[name] = value as JsonNode ?? JsonSerializer.SerializeToNode(value);
        return copy;
    }

    public static JsonObject Without(this JsonObject body, string path) => body.With(path, null);

    public static JsonNode? At(this JsonNode? node, string path)
    {
        foreach (var step in path.Replace("[", ".", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal).Split('.'))
            node = node switch
            {
                JsonArray list => int.Parse(step, System.Globalization.CultureInfo.InvariantCulture) is var i && i < list.Count ? list[i] : null,
                JsonObject o => o[step],
                _ => null,
            };
        return node;
    }
}

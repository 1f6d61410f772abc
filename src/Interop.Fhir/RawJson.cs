using System.Text.Json;
using Interop.Platform;

namespace Interop.Fhir;

/// <summary>What is looked at before the SDK reads a body.</summary>
internal static class RawJson
{
    public static bool IsText(JsonElement body, string name, string text)
    {
        try
        {
            return body.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String && value.GetString() == text;
        }
        catch (InvalidOperationException) // a lone surrogate
        {
            return false;
        }
    }

    /// <summary>
    /// What the SDK lets pass: text that no database keeps and no client reads (NUL and other control characters, lone
    /// surrogates), and extensions that have neither a value nor extensions, or both (ext-1).
    /// </summary>
    public static void FaultsOf(JsonElement element, string path, List<Fault> faults)
    {
        if (faults.Count >= 100)
            return;
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in element.EnumerateObject())
                    FaultsOf(member.Value, $"{path}.{(member.Name.Length > 60 || member.Name.Any(c => char.IsControl(c) || char.IsSurrogate(c)) ? "?" : member.Name)}", faults);
                break;
            case JsonValueKind.Array:
                var index = 0;
                var extensions = path.EndsWith("xtension", StringComparison.Ordinal);
                foreach (var item in element.EnumerateArray())
                {
                    if (extensions && item.ValueKind is JsonValueKind.Object && !IsExtension(item))
                        faults.Add(new($"{path}[{index}]", "fhir.extension"));
                    FaultsOf(item, $"{path}[{index++}]", faults);
                }
                break;
            case JsonValueKind.String:
                try
                {
                    if (element.GetString()!.Any(c => char.IsControl(c) && c is not ('\n' or '\r' or '\t')))
                        faults.Add(new(path, "text.control"));
                }
                catch (InvalidOperationException)
                {
                    faults.Add(new(path, "text.unicode"));
                }
                break;
        }
    }

    /// <summary>How deep it is nested. The SDK reads by recursion, so that depth must be known to be small before it reads.</summary>
    public static int DepthOf(JsonElement body)
    {
        var (deepest, left) = (0, new Stack<(JsonElement Element, int Depth)>([(body, 1)]));
        while (left.TryPop(out var next))
        {
            deepest = Math.Max(deepest, next.Depth);
            if (next.Element.ValueKind is JsonValueKind.Object)
                foreach (var member in next.Element.EnumerateObject())
                    left.Push((member.Value, next.Depth + 1));
            else if (next.Element.ValueKind is JsonValueKind.Array)
                foreach (var item in next.Element.EnumerateArray())
                    left.Push((item, next.Depth + 1));
        }
        return deepest;
    }

    static bool IsExtension(JsonElement item)
    {
        var values = item.EnumerateObject().Count(m => m.Name.StartsWith("value", StringComparison.Ordinal) || m.Name.StartsWith("_value", StringComparison.Ordinal));
        return values > 0 != item.TryGetProperty("extension", out _);
    }
}

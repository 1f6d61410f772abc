using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Interop.AuditLog;

/// <summary>
/// Writes the canonical text of one object whose names are known beforehand, without making the object: member by member, in
/// RFC 8785's order. It is what <see cref="CanonicalJson"/> makes of the same members.
/// </summary>
public sealed class CanonicalObject
{
    /// <summary>Longer ones are not kept.</summary>
    private const int KeptCapacity = 8192;

    /// <summary>For the next object on this thread: what is written is copied when it is done.</summary>
    [ThreadStatic]
    private static StringBuilder? kept;

    private StringBuilder? given;
    private string last = "";

    /// <summary>An object without members.</summary>
    public CanonicalObject()
    {
        (given, kept) = (kept ?? new(1024), null);
        given.Append('{');
    }

    /// <summary>A member with a string; null: none. Half a surrogate pair becomes U+FFFD.</summary>
    /// <param name="name">After those before it, by UTF-16 code units; of letters and digits.</param>
    /// <exception cref="ArgumentException">Not after those before it.</exception>
    /// <exception cref="InvalidOperationException">It is finished.</exception>
    public CanonicalObject Add(string name, string? value)
    {
        if (value is null) return this;
        Begin(name);
        CanonicalJson.WriteString(Text, Whole(value));
        return this;
    }

    /// <summary>A member with a UUID as a string, in lower case with hyphens (RFC 9562, 4); null: none.</summary>
    /// <param name="name">As above.</param>
    /// <exception cref="ArgumentException">Not after those before it.</exception>
    public CanonicalObject Add(string name, Guid? value)
    {
        if (value is not { } id) return this;
        Begin(name);
        Text.Append(CultureInfo.InvariantCulture, $"\"{id:D}\"");
        return this;
    }

    /// <summary>A member with any JSON value; null: none.</summary>
    /// <param name="name">As above.</param>
    /// <exception cref="ArgumentException">Not after those before it.</exception>
    /// <exception cref="FormatException">A number beyond the range of a double, too deep.</exception>
    public CanonicalObject Add(string name, JsonNode? value)
    {
        if (value is null) return this;
        Begin(name);
        Write(Text, value, depth: 1);
        return this;
    }

    /// <summary>A member with a list of objects, each written by <paramref name="write"/>, in the order of its own names; none where there is none.</summary>
    /// <param name="name">As above.</param>
    /// <exception cref="ArgumentException">Not after those before it.</exception>
    public CanonicalObject Add<T>(string name, IReadOnlyList<T> objects, Action<CanonicalObject, T> write)
    {
        if (objects.Count == 0) return this;
        Begin(name);
        for (var i = 0; i < objects.Count; i++)
        {
            Text.Append(i == 0 ? "[{" : ",{");
            last = "";
            write(this, objects[i]);
            Text.Append('}');
        }
        Text.Append(']');
        last = name;
        return this;
    }

    /// <summary>A member with a whole number.</summary>
    /// <param name="name">As above.</param>
    /// <exception cref="ArgumentException">Not after those before it.</exception>
    public CanonicalObject Add(string name, int value)
    {
        Begin(name);
        Text.Append(CultureInfo.InvariantCulture, $"{value}"); // exact as a double, and printed as one
        return this;
    }

    /// <summary>The text. It is told once, and nothing can be added to it.</summary>
    /// <exception cref="InvalidOperationException">It was told already.</exception>
    public string Finish()
    {
        var done = Text.Append('}').ToString();
        if (Text.Capacity <= KeptCapacity) kept = Text.Clear();
        given = null;
        return done;
    }

    private StringBuilder Text => given ?? throw new InvalidOperationException("The object is finished.");

    private void Begin(string name)
    {
        if (string.CompareOrdinal(name, last) <= 0)
            throw new ArgumentException($"The name '{name}' comes before '{last}'.", nameof(name));
        if (last.Length > 0) Text.Append(',');
        Text.Append('"').Append(name).Append("\":");
        last = name;
    }

    private static void Write(StringBuilder text, JsonNode? value, int depth)
    {
        if (depth >= CanonicalJson.MaximumDepth && value is JsonObject or JsonArray)
            throw new FormatException($"Nested deeper than {CanonicalJson.MaximumDepth}.");
        switch (value)
        {
            case null:
                text.Append("null");
                break;
            case JsonObject members:
                var sorted = members.ToArray();
                Array.Sort(sorted, static (a, b) => string.CompareOrdinal(a.Key, b.Key));
                text.Append('{');
                for (var i = 0; i < sorted.Length; i++)
                {
                    if (i > 0) text.Append(',');
                    CanonicalJson.WriteString(text, Whole(sorted[i].Key));
                    text.Append(':');
                    Write(text, sorted[i].Value, depth + 1);
                }
                text.Append('}');
                break;
            case JsonArray items:
                text.Append('[');
                for (var i = 0; i < items.Count; i++)
                {
                    if (i > 0) text.Append(',');
                    Write(text, items[i], depth + 1);
                }
                text.Append(']');
                break;
            case JsonValue leaf when leaf.TryGetValue<string>(out var words):
                CanonicalJson.WriteString(text, Whole(words));
                break;
            case JsonValue leaf when leaf.TryGetValue<int>(out var number): // exact as a double, and printed as one
                text.Append(CultureInfo.InvariantCulture, $"{number}");
                break;
            default:
                using (var written = JsonDocument.Parse(value.ToJsonString())) CanonicalJson.Write(text, written.RootElement, depth);
                break;
        }
    }

    private static string Whole(string words) =>
        words.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF') ? Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(words)) : words;
}

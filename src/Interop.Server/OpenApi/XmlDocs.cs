using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Interop.Server.OpenApi;

/// <summary>
/// What the docstrings say, from the XML files that lie beside the assemblies. The framework's own generator sees public members of
/// one project; ours are internal, in several.
/// </summary>
internal static partial class XmlDocs
{
    static readonly ConcurrentDictionary<Assembly, IReadOnlyDictionary<string, XElement>> s_files = new();

    public static string? Of(MethodInfo method)
    {
        var name = $"M:{NameOf(method.DeclaringType!)}.{method.Name}";
        return Text(MembersOf(method.DeclaringType!).FirstOrDefault(m => m.Key == name || m.Key.StartsWith(name + "(", StringComparison.Ordinal)).Value?.Element("summary"));
    }

    public static string? Of(Type type) => Text(MembersOf(type).GetValueOrDefault($"T:{NameOf(type)}")?.Element("summary"));

    /// <summary>A member's own summary, or the param of the record's docstring.</summary>
    public static string? Of(Type type, PropertyInfo property) =>
        Text(MembersOf(type).GetValueOrDefault($"P:{NameOf(type)}.{property.Name}")?.Element("summary"))
        ?? Text(MembersOf(type).GetValueOrDefault($"T:{NameOf(type)}")?.Elements("param").FirstOrDefault(p => p.Attribute("name")?.Value == property.Name));

    static string NameOf(Type type) => (type.IsGenericType ? type.GetGenericTypeDefinition() : type).FullName!.Replace('+', '.');

    static IReadOnlyDictionary<string, XElement> MembersOf(Type type) => s_files.GetOrAdd(type.Assembly, assembly =>
    {
        var file = Path.Combine(AppContext.BaseDirectory, assembly.GetName().Name + ".xml");
        return File.Exists(file)
            ? XDocument.Load(file).Descendants("member").DistinctBy(m => m.Attribute("name")!.Value).ToDictionary(m => m.Attribute("name")!.Value)
            : new Dictionary<string, XElement>();
    });

    static string? Text(XElement? element)
    {
        if (element is null)
            return null;
        var text = string.Concat(element.Nodes().Select(node => node switch
        {
            XElement { Name.LocalName: "see" } see => Code(see.Attribute("cref")!.Value.Split('(')[0].Split('.', ':')[^1]),
            XElement { Name.LocalName: "paramref" } reference => Code(reference.Attribute("name")!.Value),
            XElement inner => $"`{inner.Value}`",
            XText plain => plain.Value,
            _ => "",
        }));
        text = WhiteSpace().Replace(text, " ").Trim();
        return text.Length == 0 ? null : text;

        static string Code(string name) => $"`{JsonNamingPolicy.CamelCase.ConvertName(name)}`";
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex WhiteSpace();
}

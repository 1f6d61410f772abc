using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using Microsoft.Net.Http.Headers;

namespace Interop.Platform.Http;

/// <summary>The four working languages of the region, and every text of the exchange in them.</summary>
internal static class Language
{
    public static IReadOnlyList<string> All { get; } = ["en", "es", "fr", "pt"];

    static readonly FrozenDictionary<string, FrozenDictionary<string, string>> s_texts = Load();

    /// <summary>The best of ours for an Accept-Language header (RFC 9110 section 12.5.4), or null where it names none.</summary>
    public static string? Best(string? acceptLanguage)
    {
        if (string.IsNullOrEmpty(acceptLanguage) || acceptLanguage.Length > 200
            || !StringWithQualityHeaderValue.TryParseList([acceptLanguage], out var wanted))
            return null;
        return wanted.Where(w => w.Quality is not 0)
            .OrderByDescending(w => w.Quality ?? 1)
            .Select(w => w.Value.Value!.Split('-')[0].ToLowerInvariant())
            .FirstOrDefault(All.Contains);
    }

    /// <summary>The text <paramref name="code"/> in <paramref name="language"/>, its {0}, {1} … filled in.</summary>
    public static string Text(string language, string code, params object[] arguments)
    {
        var text = s_texts[code][language];
        return arguments.Length == 0 ? text : string.Format(CultureInfo.InvariantCulture, text, arguments);
    }

    /// <summary>Every code that has texts, for the test that none lacks a language.</summary>
    public static IEnumerable<string> Codes => s_texts.Keys;

    static FrozenDictionary<string, FrozenDictionary<string, string>> Load()
    {
        var assembly = typeof(Language).Assembly;
        return assembly.GetManifestResourceNames()
            .Where(n => n.StartsWith("texts/", StringComparison.Ordinal))
            .SelectMany(n => JsonSerializer.Deserialize<Dictionary<string, Dictionary<string, string>>>(assembly.GetManifestResourceStream(n)!)!)
            .ToFrozenDictionary(t => t.Key, t => t.Value.ToFrozenDictionary());
    }
}

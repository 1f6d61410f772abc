namespace Interop.Server.Safety;

/// <summary>
/// What libraries would write of requests: their addresses, which name persons, and their queries, which name them by number. Not
/// written, whatever level the configuration asks for. Our own lines say what happened in the words of the domain.
/// </summary>
internal static class QuietLogs
{
    /// <summary>Nothing below this is written. The first that fits counts.</summary>
    static readonly (string Category, LogLevel Floor)[] s_floors =
    [
        ("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None), // request lines; and a scope around everything, which holds the path
        ("Microsoft.AspNetCore", LogLevel.Warning),
        ("Microsoft.EntityFrameworkCore", LogLevel.None), // what it cannot do it throws; what we retry is no error
        ("System.Net.Http", LogLevel.Warning), // a partner's address can be a secret in itself
        ("OpenIddict", LogLevel.Warning),
    ];

    public static void KeepQuiet(this ILoggingBuilder logging)
    {
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical); // why it did not start, Program says
        logging.Services.PostConfigure<LoggerFilterOptions>(options =>
        {
            // Each rule as it was, and the floor beneath it: a rule of our own could be outdone by a longer or a provider's one.
            var rules = options.Rules.Select(WithFloor).Prepend(new(null, null, options.MinLevel, (_, category, level) => Permits(category, level))).ToList();
            options.Rules.Clear();
            foreach (var rule in rules)
                options.Rules.Add(rule);
        });
    }

    static LoggerFilterRule WithFloor(LoggerFilterRule rule) => new(rule.ProviderName, rule.CategoryName, rule.LogLevel,
        (provider, category, level) => Permits(category, level) && rule.Filter?.Invoke(provider, category, level) is not false);

    static bool Permits(string? category, LogLevel level)
    {
        foreach (var (name, floor) in s_floors)
            if (category is not null && category.StartsWith(name, StringComparison.Ordinal) && (category.Length == name.Length || category[name.Length] == '.'))
                return level >= floor && floor != LogLevel.None;
        return true;
    }
}

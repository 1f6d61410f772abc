using System.Text;
using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Directory;

/// <summary>Which services. Every criterion given must hold.</summary>
/// <param name="Need">A need it is equipped for; <c>language:&lt;tag&gt;</c> also finds services given in that language.</param>
/// <param name="Language">A language, in any of its regional forms.</param>
/// <param name="Jurisdiction">An area: services of exactly it, and of the country that it lies in.</param>
internal sealed record ServiceCriteria(string? Organisation = null, string? Service = null, string? Need = null, string? Language = null, string? Jurisdiction = null);

internal static class ServiceSearch
{
    /// <summary>The services after <paramref name="after"/>, in the order of their ids, which is the order they were added in.</summary>
    public static async Task<List<CareService>> SearchServicesAsync(this Db db, ServiceCriteria criteria, Guid? after, int limit, CancellationToken ct)
    {
        var sql = new StringBuilder("select * from care_services where 1 = 1");
        var arguments = new List<object>();
        if (after is { } position)
            And("id > {0}", position);
        if (criteria.Organisation is { } organisation)
            And("organisation = {0}", organisation);
        if (criteria.Service is { } service)
            And("service = {0}", service);
        if (criteria.Need is { } need && need.StartsWith("language:", StringComparison.Ordinal))
            And("(needs like {0} or lower(languages) like {1} or lower(languages) like {2})", Listed(need), Exactly(need["language:".Length..]), Regional(need["language:".Length..]));
        else if (criteria.Need is { } other)
            And("needs like {0}", Listed(other));
        if (criteria.Language is { } language)
            And("(lower(languages) like {0} or lower(languages) like {1})", Exactly(language), Regional(language));
        if (criteria.Jurisdiction is { } area)
            And("jurisdiction in ({0}, {1})", area.ToUpperInvariant(), area.Split('-')[0].ToUpperInvariant());
        return await db.CareServices.FromSqlRaw(sql.ToString(), [.. arguments]).AsNoTracking().OrderBy(s => s.Id).Take(limit).ToListAsync(ct);

        void And(string condition, params object[] values)
        {
            var places = Enumerable.Range(arguments.Count, values.Length).Select(i => $"{{{i}}}").ToArray<object>();
            sql.Append(" and ").AppendFormat(System.Globalization.CultureInfo.InvariantCulture, condition, places);
            arguments.AddRange(values);
        }
    }

    // Lists are JSON text. What is looked for has passed the vocabulary, which has neither quotes nor wildcards.
    static string Listed(string value) => $"%\"{value}\"%";

    static string Exactly(string tag) => $"%\"{tag.ToLowerInvariant()}\"%";

    static string Regional(string tag) => $"%\"{tag.ToLowerInvariant()}-%";
}

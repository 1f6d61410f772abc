using System.Globalization;
using System.Text.Json.Nodes;

namespace Interop.Server.Tests.World;

/// <summary>Sound bodies about a person and matter that no other test uses.</summary>
public static class A
{
    static int s_last;

    public static string Unique(string prefix) => $"{prefix}-{Environment.ProcessId}-{Interlocked.Increment(ref s_last)}";

    public static string Time(DateTimeOffset t) => t.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    public static JsonObject Identifier(string? value = null, string system = "urn:gt:dpi") => new() { ["system"] = system, ["value"] = value ?? Unique("dpi") };

    public static JsonObject Person() => new()
    {
        ["familyName"] = "Pérez",
        ["givenNames"] = new JsonArray("Ana", "María"),
        ["birthDate"] = "1990-02-03",
        ["sex"] = "female",
        ["language"] = "es",
        ["identifiers"] = new JsonArray(Identifier()),
    };

    public static JsonObject Referral() => new()
    {
        ["person"] = Person(),
        ["matter"] = new JsonObject { ["number"] = Unique("C"), ["jurisdiction"] = "GT", ["offence"] = "posesión" },
        ["intercept"] = "arrest",
        ["service"] = "outpatient",
        ["needs"] = new JsonArray(),
        ["providerId"] = "centro-esperanza",
        ["reporting"] = new JsonArray(new JsonObject { ["category"] = "attendance", ["every"] = "P7D" }),
        ["note"] = "Evaluar",
    };

    /// <summary>Lets the referral leave: the court may tell the provider who is referred, in which matter, for what.</summary>
    public static JsonObject ReferralConsent(Reply referral, DateTimeOffset now) => new()
    {
        ["personId"] = referral["personId"],
        ["kind"] = "referral",
        ["matter"] = referral["matter.id"],
        ["discloser"] = referral["referrerId"],
        ["recipients"] = new JsonArray(referral["providerId"]),
        ["purposes"] = new JsonArray("treatment"),
        ["categories"] = new JsonArray("referral"),
        ["from"] = Time(now.AddHours(-6)),
        ["until"] = Time(now.AddDays(180)),
        ["signature"] = Signature(now),
        ["language"] = "es",
    };

    /// <summary>Lets compliance flow back to the justice side, until the matter is disposed of; revocable at any time.</summary>
    public static JsonObject MonitoringConsent(Reply referral, DateTimeOffset now, params string[] categories) =>
        ReferralConsent(referral, now)
            .With("kind", "justice-monitoring")
            .With("discloser", referral["providerId"])
            .With("recipients", new[] { referral["referrerId"], "libertad-vigilada" })
            .With("purposes", new[] { "justice-monitoring" })
            .With("categories", categories)
            .Without("until")
            .With("untilEvent", "final-disposition");

    public static JsonObject Signature(DateTimeOffset at) => new() { ["method"] = "electronic", ["at"] = Time(at), ["by"] = "Ana Pérez" };

    public static JsonObject Report(string category, string value, DateTimeOffset occurredAt) =>
        new() { ["category"] = category, ["value"] = value, ["occurredAt"] = Time(occurredAt) };
}

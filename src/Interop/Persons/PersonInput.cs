using Interop.Directory;
using Interop.Platform.Http;

namespace Interop.Persons;

/// <summary>An identifier of a person in the caller's own records.</summary>
/// <param name="System">The namespace of the value: a URI, or a name of the organisation's own.</param>
/// <param name="Value">The identifier.</param>
public sealed record IdentifierInput(string System, string Value)
{
    internal static IdentifierInput Read(Fields f) => new(f.Text("system", 200)!, f.Text("value", 200)!);
}

/// <summary>How to reach the person.</summary>
public sealed record ContactInput(string? Phone, string? Email, string? Address)
{
    internal static ContactInput Read(Fields f) => new(f.Text("phone", 60, false), f.Text("email", 200, false), f.Text("address", 500, false));
}

/// <summary>The person who is referred, as the referring organisation knows them.</summary>
/// <param name="BirthDate">yyyy-MM-dd, not in the future.</param>
/// <param name="Sex">female, male, intersex or unknown.</param>
/// <param name="Language">BCP 47 tag of the language to speak with the person.</param>
/// <param name="Identifiers">At least one: the same identifier from the same organisation is the same person.</param>
public sealed record PersonInput(
    string FamilyName, IReadOnlyList<string> GivenNames, DateOnly BirthDate, string Sex, string Language,
    IReadOnlyList<IdentifierInput> Identifiers, ContactInput? Contact)
{
    internal static PersonInput Read(Fields f, DateTimeOffset now)
    {
        var person = new PersonInput(
            f.Text("familyName", 200)!,
            f.Texts("givenNames", 200, 10),
            f.Date("birthDate") ?? default,
            f.Code("sex", Vocabulary.Sexes)!,
            ReadLanguage(f, "language")!,
            f.Objects("identifiers", IdentifierInput.Read, 20),
            f.Object("contact", ContactInput.Read, required: false));
        if (person.BirthDate > DateOnly.FromDateTime(now.UtcDateTime.AddDays(1)))
            f.Fail("birthDate", "date.future");
        return person;
    }

    internal static string? ReadLanguage(Fields f, string name, bool required = true)
    {
        if (f.Text(name, 35, required) is not { } tag)
            return null;
        if (Vocabulary.IsLanguage(tag))
            return tag;
        f.Fail(name, "language.tag");
        return null;
    }
}

using Interop.Audit;
using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.EntityFrameworkCore;

namespace Interop.Directory;

/// <param name="Id">The slug: lower-case letters, digits, hyphens; never used again.</param>
/// <param name="Name">As people know it.</param>
/// <param name="Kind">court, prosecutor, supervision, provider, social-services, oversight, statistics or operator.</param>
/// <param name="Jurisdiction">ISO 3166 country or subdivision.</param>
/// <param name="Language">en, es, fr or pt: the language of notices to it. Default en.</param>
/// <param name="TimeZone">IANA name, in which its dates are read. Default UTC.</param>
/// <param name="OfficeHours">When its people are at work. Default Monday to Saturday, 07:00 to 20:00.</param>
internal sealed record OrganisationInput(
    string Id, string Name, string Kind, string? Jurisdiction = null, string? Language = null, string? TimeZone = null, OfficeHours? OfficeHours = null)
{
    public static OrganisationInput Read(Fields f)
    {
        var input = new OrganisationInput(
            f.Text("id", 63) ?? "",
            f.Text("name", 200) ?? "",
            f.Code("kind", OrganisationKinds.Codes) ?? "",
            f.Text("jurisdiction", 6, required: false),
            f.Code("language", Platform.Http.Language.All, required: false),
            f.Text("timeZone", 64, required: false),
            f.Object("officeHours", OfficeHours.Read, required: false));
        if (input.Id.Length > 0 && !Vocabulary.IsSlug(input.Id))
            f.Fail("id", "slug");
        if (input.Id == Caller.Exchange.Organisation)
            f.Fail("id", "organisation.reserved");
        if (input.Jurisdiction is { } jurisdiction && !Vocabulary.IsJurisdiction(jurisdiction))
            f.Fail("jurisdiction", "jurisdiction");
        if (input.TimeZone is { } zone && !TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _))
            f.Fail("timeZone", "time-zone");
        return input;
    }
}

/// <param name="Name">As people know it.</param>
/// <param name="Service">outpatient, intensive-outpatient, residential, opioid-agonist, brief-intervention, aftercare or social-support.</param>
/// <param name="Needs">What it is equipped for: women, pregnant, co-occurring, language:quy …</param>
/// <param name="Languages">BCP 47: in which it is given.</param>
/// <param name="Jurisdiction">ISO 3166; default the organisation's.</param>
/// <param name="PlacesFree">Absent where the provider does not tell.</param>
internal sealed record CareServiceInput(string Name, string Service, IReadOnlyList<string> Needs, IReadOnlyList<string> Languages, string? Jurisdiction = null, int? PlacesFree = null)
{
    public const int MaxPlaces = 100_000;

    public static CareServiceInput Read(Fields f)
    {
        var input = new CareServiceInput(
            f.Text("name", 200) ?? "",
            f.Code("service", Vocabulary.Services) ?? "",
            f.Codes("needs", Vocabulary.IsNeed, Vocabulary.NeedNames, 50, required: false),
            f.Texts("languages", 40, 50, required: false),
            f.Text("jurisdiction", 6, required: false),
            f.Integer("placesFree", 0, MaxPlaces, required: false));
        foreach (var (i, language) in input.Languages.Index())
            if (language is not null && !Vocabulary.IsLanguage(language))
                f.Fail($"languages[{i}]", "language");
        if (input.Jurisdiction is { } jurisdiction && !Vocabulary.IsJurisdiction(jurisdiction))
            f.Fail("jurisdiction", "jurisdiction");
        return input;
    }
}

/// <summary>Adds organisations and their services. Each method runs within a unit of work.</summary>
internal sealed class OrganisationRegister(Db db, Work work, Trail trail)
{
    public async Task<Answer<Organisation>> AddAsync(Caller caller, OrganisationInput input, CancellationToken ct)
    {
        if (await db.Organisations.AnyAsync(o => o.Id == input.Id, ct))
            return Refusal.Conflict("id", "organisation.exists");
        var organisation = new Organisation
        {
            Id = input.Id,
            Name = input.Name,
            Kind = OrganisationKinds.Parse(input.Kind)!.Value,
            Jurisdiction = input.Jurisdiction?.ToUpperInvariant(),
            Language = input.Language ?? "en",
            TimeZone = input.TimeZone ?? "UTC",
            OfficeHours = input.OfficeHours,
            CreatedAt = work.Now,
        };
        db.Organisations.Add(organisation);
        await db.SaveChangesAsync(ct); // before its services: the database knows the key between them, the mapper does not
        trail.Write(caller, new(Actions.Create, "organisation.create") { ResourceType = "Organization", ResourceId = organisation.Id });
        return organisation;
    }

    public async Task<Answer<Organisation>> SetOfficeHoursAsync(Caller caller, string id, OfficeHours hours, CancellationToken ct)
    {
        if (!Vocabulary.IsSlug(id) || await db.Organisations.SingleOrDefaultAsync(o => o.Id == id, ct) is not { } organisation)
            return Refusal.NotFound;
        organisation.OfficeHours = hours;
        trail.Write(caller, new(Actions.Update, "organisation.office-hours") { ResourceType = "Organization", ResourceId = id });
        return organisation;
    }

    public async Task<Answer<CareService>> AddServiceAsync(Caller caller, string organisationId, CareServiceInput input, CancellationToken ct)
    {
        if (!Vocabulary.IsSlug(organisationId) || await db.Organisations.AsNoTracking().SingleOrDefaultAsync(o => o.Id == organisationId, ct) is not { } organisation)
            return Refusal.NotFound;
        if (!organisation.Kind.IsCare)
            return Refusal.Conflict("", "service.kind");
        var service = new CareService
        {
            Id = Id<CareService>.New(work.Now),
            Organisation = organisation.Id,
            Name = input.Name,
            Service = input.Service,
            Needs = [.. input.Needs.Distinct()],
            Languages = [.. input.Languages.Distinct()],
            Jurisdiction = (input.Jurisdiction ?? organisation.Jurisdiction)?.ToUpperInvariant(),
            PlacesFree = input.PlacesFree,
            Version = 1,
            CreatedAt = work.Now,
        };
        db.CareServices.Add(service);
        trail.Write(caller, new(Actions.Create, "service.create") { ResourceType = "HealthcareService", ResourceId = service.Id.ToString() });
        return service;
    }
}

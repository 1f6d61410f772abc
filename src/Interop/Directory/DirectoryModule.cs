using Interop.Audit;
using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Interop.Directory;

internal static class DirectoryModule
{
    public static IServiceCollection AddDirectory(this IServiceCollection services) => services
        .AddSingleton(DirectoryTables.Tables)
        .AddScoped<Organisations>().AddSingleton<RememberedOrganisations>()
        .AddScoped<IWorkingHours, WorkingHoursOf>()
        .AddScoped<OrganisationRegister>();

    public static IEndpointRouteBuilder MapDirectory(this IEndpointRouteBuilder endpoints)
    {
        var admin = endpoints.MapGroup("/v1/organisations").WithTags("Directory");
        admin.MapPost("/", OrganisationsApi.Create).Does("organisation.create", Actions.Create, Scopes.Admin).WithSummary("Add an organisation")
            .Takes<OrganisationInput>().Produces<OrganisationView>(201).Refuses(400, 409, 422);
        admin.MapGet("/", OrganisationsApi.List).Does("organisation.list", Actions.Query, Scopes.Admin).WithSummary("List the organisations")
            .Produces<Page<OrganisationView>>().Refuses(400).Asks("kind", "Of this kind alone.", codes: OrganisationKinds.Codes).Pages();
        admin.MapGet("/{id}", OrganisationsApi.Get).Does("organisation.read", Actions.Read, Scopes.Admin).WithSummary("Read an organisation")
            .Produces<OrganisationView>().Refuses(404);
        admin.MapPost("/{id}/office-hours", OrganisationsApi.SetOfficeHours).Does("organisation.office-hours", Actions.Update, Scopes.Admin).WithSummary("Set when an organisation is at work")
            .Takes<OfficeHours>().Produces<OrganisationView>().Refuses(400, 404, 422);
        admin.MapPost("/{id}/services", ServicesApi.Create).Does("service.create", Actions.Create, Scopes.Admin).WithSummary("Add a service of an organisation")
            .Takes<CareServiceInput>().Produces<CareServiceView>(201).Refuses(400, 404, 409, 422);
        admin.MapGet("/{id}/services", ServicesApi.ListOf).Does("service.list", Actions.Query, Scopes.Admin).WithSummary("List the services of an organisation")
            .Produces<Page<CareServiceView>>().Refuses(400, 404).Pages();

        var directory = endpoints.MapGroup("/v1/directory").WithTags("Directory");
        directory.MapGet("/organisations", OrganisationsApi.Search).Does("directory.organisations", Actions.Query, Scopes.DirectoryRead).WithSummary("Find organisations")
            .Produces<Page<OrganisationView>>().Refuses(400).Asks("kind", "Of this kind alone.", codes: OrganisationKinds.Codes).Pages();
        directory.MapGet("/services", ServicesApi.Search).Does("directory.services", Actions.Query, Scopes.DirectoryRead).WithSummary("Find services by what a person needs")
            .Produces<Page<CareServiceView>>().Refuses(400)
            .Asks("service", "What is given.", codes: Vocabulary.Services)
            .Asks("need", $"What the person needs: {Vocabulary.NeedNames}.")
            .Asks("language", "BCP 47 tag of a language in which it is given.")
            .Asks("jurisdiction", "ISO 3166 country or subdivision.")
            .Pages();
        directory.MapGet("/services/{id}", ServicesApi.Get).Does("directory.service", Actions.Read, Scopes.DirectoryRead).WithSummary("Read a service")
            .Produces<CareServiceView>().Refuses(404);
        directory.MapPut("/services/{id}/capacity", ServicesApi.SetCapacity)
            .Does("service.capacity", Actions.Update, Scopes.DirectoryWrite, kind => kind.IsCare).WithSummary("Tell how many places your service has free")
            .Takes<CapacityInput>().Produces<CareServiceView>().Refuses(400, 404, 412, 422, 428);
        return endpoints;
    }
}

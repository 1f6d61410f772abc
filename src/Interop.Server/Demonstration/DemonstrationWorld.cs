using Interop.Audit;
using Interop.Directory;
using Interop.Identity;
using Interop.Platform;
using Microsoft.EntityFrameworkCore;

namespace Interop.Server.Demonstration;

/// <summary>
/// The organisations of DESIGN.md section 6, in an empty database. Their secrets are known to everybody, so the database is marked
/// in the same transaction, and plain <c>serve</c> refuses it.
/// </summary>
internal sealed class DemonstrationWorld(Db db, Work work, Trail trail, ClientRegister clients)
{
    const string Fact = "world";
    const string Demonstration = "demonstration";

    static readonly (string Id, string Name, OrganisationKind Kind, string Language)[] s_organisations =
    [
        ("juzgado-central", "Juzgado Central", OrganisationKind.Court, "es"),
        ("fiscalia-central", "Fiscalía Central", OrganisationKind.Prosecutor, "es"),
        ("libertad-vigilada", "Servicio de Libertad Vigilada", OrganisationKind.Supervision, "es"),
        ("centro-esperanza", "Centro Esperanza", OrganisationKind.Provider, "es"),
        ("clinica-del-valle", "Clínica del Valle", OrganisationKind.Provider, "es"),
        ("servicios-sociales", "Servicios Sociales", OrganisationKind.SocialServices, "es"),
        ("contraloria", "Contraloría", OrganisationKind.Oversight, "es"),
        ("observatorio", "Observatorio de Drogas", OrganisationKind.Statistics, "es"),
        ("admin", "Operador", OrganisationKind.Operator, "es"),
        ("hospital-ajeno", "Hospital Ajeno", OrganisationKind.Provider, "es"),
    ];

    static readonly (string Organisation, string Name, string Service, string[] Needs, int PlacesFree)[] s_services =
    [
        ("centro-esperanza", "Consulta ambulatoria", "outpatient", [], 12),
        ("centro-esperanza", "Ambulatorio intensivo", "intensive-outpatient", [], 6),
        ("clinica-del-valle", "Residencia para mujeres con hijos", "residential", ["women", "women-with-children", "pregnant"], 4),
        ("servicios-sociales", "Apoyo social", "social-support", [], 20),
        ("hospital-ajeno", "Tratamiento con agonistas opioides", "opioid-agonist", [], 8),
    ];

    /// <summary>True where this database holds the demonstration world.</summary>
    public async Task<bool> IsHereAsync(CancellationToken ct) =>
        await db.Database.SqlQuery<string>($"select value as \"Value\" from facts where name = {Fact}").SingleOrDefaultAsync(ct) == Demonstration;

    /// <summary>Seeds an empty database, and goes on with one that it seeded before.</summary>
    /// <exception cref="InvalidOperationException">The database holds something else.</exception>
    public async Task SeedAsync(CancellationToken ct) => await work.RunAsync<DemonstrationWorld>(async () =>
    {
        if (await IsHereAsync(ct))
            return this;
        if (await db.Organisations.AnyAsync(ct) || await db.Clients.AnyAsync(ct))
            throw new InvalidOperationException("This database is in real use: the demonstration world goes only into an empty one. Choose another with INTEROP_DATA or ConnectionStrings__Interop.");
        await db.Database.ExecuteSqlAsync($"insert into facts (name, value) values ({Fact}, {Demonstration})", ct);
        foreach (var (id, name, kind, language) in s_organisations)
            db.Organisations.Add(new() { Id = id, Name = name, Kind = kind, Language = language, TimeZone = "UTC", CreatedAt = work.Now });
        await db.SaveChangesAsync(ct); // the mapper does not know the key from service to organisation, the database does
        foreach (var (organisation, name, service, needs, places) in s_services)
            db.CareServices.Add(new()
            {
                Id = Id<CareService>.New(work.Now),
                Organisation = organisation,
                Name = name,
                Service = service,
                Needs = needs,
                Languages = ["es"],
                PlacesFree = places,
                Version = 1,
                CreatedAt = work.Now,
            });
        await db.SaveChangesAsync(ct);
        foreach (var (id, _, _, _) in s_organisations)
            if ((await clients.AddAsync(Caller.Exchange, id, id, null, Proof.NewSecret, ct, $"{id}-secret")).Refusal is { } refusal)
                throw new InvalidOperationException($"The client {id} was refused: {refusal.Code}.");
        trail.Write(Caller.Exchange, new(Actions.Create, "demonstration.seed"));
        return this;
    }, ct);
}

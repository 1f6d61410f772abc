using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Referrals;

/// <summary>One referral, from court to clinic and back.</summary>
public abstract class MainLoopTests(SharedExchange shared) : ExchangeTests(shared)
{
    [Fact]
    public async Task A_court_refers_a_clinic_treats_and_the_court_follows()
    {
        var it = await Case.OpenAsync(Exchange);
        (await it.Clinic.ReadAsync(it.Id)).Is(404);

        await it.ConsentAsync();
        Assert.Equal("Pérez", (await it.Clinic.ReadAsync(it.Id)).Is(200)["person.familyName"]);

        (await it.Clinic.AcceptAsync(it.Id)).Is(200);
        (await it.Clinic.AdmitAsync(it.Id)).Is(200);
        Assert.Equal("accepted", (await it.Court.ReadAsync(it.Id)).Is(200)["status"]);

        await it.MonitorAsync("treatment-status", "attendance");
        Assert.Equal("admitted", (await it.Court.ReadAsync(it.Id)).Is(200)["status"]);

        (await it.Clinic.ReportAsync(it.Id, "attendance", "attended")).Is(201);
        (await it.Clinic.ReportAsync(it.Id, "drug-test", "negative")).Is(201);
        Assert.Equal("attended", Assert.Single((await it.Court.ReportsAsync(it.Id)).Is(200).Items)["value"]!.ToString());

        (await it.RevokeAsync(it.Monitoring)).Is(200);
        Assert.Empty((await it.Court.ReportsAsync(it.Id)).Is(200).Items);
        (await it.Supervision.ReadAsync(it.Id)).Is(404);
    }
}

public sealed class MainLoopOnSqlite(SqliteExchange shared) : MainLoopTests(shared);

public sealed class MainLoopOnPostgreSql(PostgreSqlExchange shared) : MainLoopTests(shared);

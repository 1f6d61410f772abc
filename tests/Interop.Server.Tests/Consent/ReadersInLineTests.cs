using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Consent;

/// <summary>Readers of a person whose consent is being changed: they wait, one for all, and nobody else does.</summary>
public sealed class ReadersInLineTests(PostgreSqlExchange shared) : ExchangeTests(shared)
{
    [Fact]
    public async Task Of_those_who_stand_in_line_for_one_person_one_waits_for_all_and_nobody_else_waits()
    {
        var (it, other) = (await Case.AdmitAsync(Exchange), await Case.SendAsync(Exchange));
        await it.MonitorAsync("attendance");
        (await it.Clinic.ReportAsync(it.Id, "attendance", "attended")).Is(201);
        await using var held = await HeldPerson.HoldAsync(Exchange, it.Person);

        var reads = Enumerable.Range(0, 6).Select(_ => it.Clinic.ReadAsync(it.Id)).ToList();
        var reports = Enumerable.Range(0, 6).Select(_ => it.Court.ReportsAsync(it.Id)).ToList();
        await Eventually.HoldsAsync("two stand in line", async () => await held.WaitingAsync() == 2); // one for those who read the referral, one for its reports
        (await other.Clinic.ReadAsync(other.Id)).Is(200);

        Assert.Equal(2, await held.WaitingAsync());
        Assert.DoesNotContain(reads.Concat(reports), r => r.IsCompleted);
        await held.DisposeAsync();
        foreach (var read in await Task.WhenAll(reads))
            read.Is(200);
        foreach (var page in await Task.WhenAll(reports))
            Assert.Single(page.Is(200).Items);
    }
}

using System.Text;
using Interop.Platform;
using Interop.Platform.Http;
using Interop.Referrals;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Interop.Fhir;

internal static class FhirModule
{
    public static IServiceCollection AddFhir(this IServiceCollection services) => services
        .AddSingleton(FhirTables.Tables)
        .AddSingleton(new RefusalFormat(OutcomeFormat.Prefix, OutcomeFormat.WriteAsync))
        .AddSingleton<FhirAddress>()
        .AddScoped<WrittenBook>().AddScoped<IReferralKept, WrittenBook>().AddScoped<FhirDesk>().AddScoped<AuditDesk>().AddScoped<ConsentDesk>().AddScoped<TaskUpdate>()
        .AddScoped<IErasure, EraseWritten>()
        .AddHostedService<WarmUp>();
}

/// <summary>The SDK reflects for a third of a second at its first parse: done at start, beside everything else, so that no partner waits.</summary>
internal sealed class WarmUp : BackgroundService
{
    static readonly byte[] s_task = Encoding.UTF8.GetBytes(
        """{"resourceType":"Task","id":"1","meta":{"versionId":"1"},"identifier":[{"system":"urn:a","value":"1"}],"status":"requested","intent":"order","code":{"text":"a"},"for":{"reference":"Patient/1"},"restriction":{"period":{"end":"2026-01-01"}}}""");

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.Run(() =>
    {
        if (FhirJson.Read<FhirTask>(s_task).Resource is { } task)
            FhirJson.Write(task);
        FhirJson.Write(new Hl7.Fhir.Model.Patient { Active = true });
        FhirJson.Write(new Hl7.Fhir.Model.ServiceRequest { Intent = Hl7.Fhir.Model.RequestIntent.Order });
    }, stoppingToken);
}

using Interop.Platform;
using Interop.Platform.Events;
using Microsoft.Extensions.DependencyInjection;

namespace Interop.Consent;

internal static class ConsentModule
{
    public static IServiceCollection AddConsent(this IServiceCollection services) => services
        .AddSingleton(ConsentTables.Tables)
        .AddScoped<Gate>().AddScoped<ConsentRegister>().AddScoped<ConsentIntake>().AddScoped<ConsentPreviewer>()
        .AddScoped<IReaction, EndConsentsOnFinalDisposition>().AddScoped<IReaction, EndConsentsAtEndOfTreatment>()
        .AddWorker<ConsentClock>(Signal.Clock, TimeSpan.FromMilliseconds(500));
}

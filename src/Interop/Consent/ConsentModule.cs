using Interop.Consent.Packs;
using Interop.Platform;
using Interop.Platform.Events;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Interop.Consent;

internal static class ConsentModule
{
    /// <exception cref="InvalidOperationException">A pack is wrong; it says which, and where.</exception>
    public static IServiceCollection AddConsent(this IServiceCollection services, IConfiguration configuration) => services
        .AddSingleton(PackShelf.Load(configuration["Packs:Folder"] is { Length: > 0 } folder ? Path.GetFullPath(folder) : null))
        .AddScoped<Inquiries>()
        .AddSingleton(ConsentTables.Tables)
        .AddScoped<Gate>().AddScoped<ConsentRegister>().AddScoped<ConsentIntake>().AddScoped<ConsentCapture>().AddScoped<ConsentChange>().AddScoped<ConsentPreviewer>()
        .AddScoped<IReaction, EndConsentsOnFinalDisposition>().AddScoped<IReaction, EndConsentsAtEndOfTreatment>()
        .AddWorker<ConsentClock>(Signal.Clock, TimeSpan.FromMilliseconds(500));
}

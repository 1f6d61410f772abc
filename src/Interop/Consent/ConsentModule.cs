using Interop.Consent.Evaluation;
using Interop.Consent.Packs;
using Interop.Consent.WithoutConsent;
using Interop.Persons;
using Interop.Platform;
using Interop.Platform.Events;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Interop.Consent;

internal static class ConsentModule
{
    /// <exception cref="InvalidOperationException">A pack is wrong; it says which, and where.</exception>
    public static IServiceCollection AddConsent(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<EmergencyOptions>().Bind(configuration.GetSection("Emergency"))
            .Validate(o => o.IsSound, "Emergency: Window is between 15 minutes and three days.").ValidateOnStart();
        return services
            .AddSingleton(PackShelf.Load(configuration["Packs:Folder"] is { Length: > 0 } folder ? Path.GetFullPath(folder) : null))
            .AddSingleton<KnownDirectives>().AddScoped<Inquiries>().AddScoped<JointInquiry>().AddSingleton<Together<JointInquiry, Asking, Evaluated>>()
            .AddSingleton(ConsentTables.Tables)
            .AddSingleton(WithoutConsentTables.Tables)
            .AddScoped<CourtOrderRegister>()
            .AddWorker<WithoutConsentClock>(Signal.Clock, TimeSpan.FromMilliseconds(500))
            .AddScoped<Gate>().AddScoped<ConsentRegister>().AddScoped<ConsentIntake>().AddScoped<ConsentParties>().AddScoped<ConsentCapture>().AddScoped<ConsentChange>().AddScoped<ConsentPreviewer>()
            .AddWorker<RetentionClock>(Signal.Clock, TimeSpan.FromHours(1))
            .AddSingleton<IErasureLaw, ErasureByPack>().AddScoped<IErasure, EraseConsents>().AddScoped<IErasure, EraseGrounds>()
            .AddScoped<IReaction, EndConsentsOnFinalDisposition>().AddScoped<IReaction, EndConsentsAtEndOfTreatment>().AddScoped<IReaction, EndConsentsAtEndOfSupervision>()
            .AddWorker<ConsentClock>(Signal.Clock, TimeSpan.FromMilliseconds(500));
    }
}

using Interop.Consent;
using Interop.Consent.WithoutConsent;
using Interop.Platform;
using Interop.Platform.Events;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Interop.Referrals;

internal static class ReferralsModule
{
    public static IServiceCollection AddReferrals(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<ReferralOptions>().Bind(configuration.GetSection("Referrals"))
            .Validate(o => o.IsSound, "Referrals: RespondWithin, ScheduleWithin and AdmitWithin are each between one hour and 366 days.").ValidateOnStart();
        return services
            .AddSingleton(ReferralTables.Tables)
            .AddScoped<ReferralBook>().AddScoped<ReferralReader>().AddScoped<IReferralSeen, ReferralReader>().AddScoped<IReferralParties, ReferralParties>().AddScoped<ITreating, ReferralReader>()
            .AddScoped<ReferralSight>().AddScoped<JointReading>().AddSingleton<KnownReferrals>().AddSingleton<Together<JointReading, Reading, Sighted>>().AddScoped<ReferralActor>().AddScoped<ReferralCreation>().AddScoped<JointCreation>().AddSingleton<Together<JointCreation, Creating, Created>>()
            .AddScoped<SendReferralsOnConsent>().AddScoped<IReaction, SendReferralsOnConsent>()
            .AddScoped<IErasure, EraseReferrals>().AddScoped<IKept, KeepPersons>()
            .AddWorker<TimerClock>(Signal.Clock, TimeSpan.FromSeconds(1));
    }
}

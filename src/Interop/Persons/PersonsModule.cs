using Interop.Platform;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Interop.Persons;

internal static class PersonsModule
{
    public static IServiceCollection AddPersons(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<AccountingOptions>().Bind(configuration.GetSection("Audit"))
            .Validate(o => o.IsSound, "Audit: AccountingWithin is between one day and 366 days.").ValidateOnStart();
        return services
            .AddSingleton(PersonTables.Tables)
            .AddScoped<PersonRegister>()
            .AddScoped<DisclosureBook>()
            .AddSingleton<ErasureList>()
            .AddScoped<Erasure>().AddScoped<IErasure, ErasePerson>().AddScoped<IKept, KeepRequests>()
            .AddWorker<GiveKeys>(Signal.Clock, TimeSpan.FromHours(1))
            .AddWorker<AccountingClock>(Signal.Clock, TimeSpan.FromSeconds(30));
    }
}

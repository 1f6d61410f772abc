using Microsoft.Extensions.DependencyInjection;

namespace Interop.Persons;

internal static class PersonsModule
{
    public static IServiceCollection AddPersons(this IServiceCollection services) => services
        .AddSingleton(PersonTables.Tables)
        .AddScoped<PersonRegister>();
}

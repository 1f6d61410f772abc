using Interop.Fhir;
using Interop.Identity;
using Interop.Referrals;
using Microsoft.Extensions.Options;

namespace Interop.Server.Upkeep.Doctor;

/// <summary>Settings that mean nothing, or cannot be.</summary>
internal static class SettingsCheck
{
    public static IEnumerable<Finding> Of(IConfiguration configuration)
    {
        var found = false;
        foreach (var (name, meant) in KnownSettings.Unknown(configuration))
        {
            found = true;
            yield return Finding.Warning("setting-unknown", $"{name} is set and means nothing.", meant is null ? "Take it out, or see README.md for what there is." : $"Is {meant} meant?");
        }
        foreach (var fault in Faults(configuration))
        {
            found = true;
            yield return Finding.Error("setting-invalid", fault, "The server does not start so: change the setting.");
        }
        if (!found)
            yield return Finding.Ok("settings", "Every setting is known and can be.");
    }

    /// <summary>What would stop the start, asked of those who would stop it.</summary>
    static IEnumerable<string> Faults(IConfiguration configuration)
    {
        Action[] readings =
        [
            () => Roles.From(configuration),
            () => Proxies.Of(configuration),
            () => IdentityOptions.From(configuration),
            () =>
            {
                var services = new ServiceCollection().AddInterop(configuration).AddFhir();
                using var provider = services.BuildServiceProvider();
                _ = provider.GetRequiredService<IOptions<ReferralOptions>>().Value;
            },
        ];
        foreach (var read in readings)
            if (FaultOf(read) is { } fault)
                yield return fault;
    }

    static string? FaultOf(Action read)
    {
        try
        {
            read();
            return null;
        }
        catch (Exception e) when (e is InvalidOperationException or OptionsValidationException or UsageException)
        {
            return e.Message;
        }
    }
}

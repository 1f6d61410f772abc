using System.Text.Json;
using System.Text.Json.Serialization;

namespace Interop.Server.Upkeep.Doctor;

/// <summary>What the machine says, in a test's words where it has its own.</summary>
internal sealed record Surroundings(TimeProvider Time, Func<string, long> FreeSpace)
{
    public static Surroundings Real { get; } = new(TimeProvider.System, path => new DriveInfo(path).AvailableFreeSpace);
}

/// <summary><c>doctor</c>: looks at an installation and says what is wrong with it and what to do. Changes nothing, tells no secret.</summary>
internal static class DoctorCommand
{
    public const string Json = "--json";
    public const string Usage = "doctor [--json]";

    static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <returns>0 nothing to do, 1 something to do, 2 it could not be looked at.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        if (Commands.Words(args) is not ["doctor"])
            throw new UsageException(Usage);
        IConfiguration configuration;
        try
        {
            configuration = InteropServer.NewBuilder(args).Configuration;
        }
        catch (Exception e) when (e is InvalidDataException or FormatException or IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"The configuration cannot be read: {e.Message}");
        }
        var findings = await ExamineAsync(configuration, Surroundings.Real, CancellationToken.None);
        if (args.Contains(Json))
            await Console.Out.WriteLineAsync(JsonSerializer.Serialize(new { findings }, s_json));
        else
            foreach (var finding in findings)
                await Console.Out.WriteLineAsync(finding.ToString());
        return findings.Any(f => f.NeedsAction) ? 1 : 0;
    }

    public static async Task<IReadOnlyList<Finding>> ExamineAsync(IConfiguration configuration, Surroundings surroundings, CancellationToken ct)
    {
        var place = Place.Of(configuration);
        var database = place.IsEmbedded ? await SqliteCheck.OfAsync(place, surroundings, ct) : await PostgreSqlCheck.OfAsync(place, surroundings, ct);
        return
        [
            .. SettingsCheck.Of(configuration),
            .. AddressCheck.Of(configuration),
            .. database.Findings,
            .. KeysCheck.Of(configuration, place, database.Sealing, surroundings),
            .. await BrokerCheck.OfAsync(place, ct),
            .. MachineCheck.Of(),
        ];
    }
}

/// <summary>What is found in a database, and the keys that its secrets are sealed with: null where nobody could look.</summary>
internal sealed record DatabaseFindings(IReadOnlyList<Finding> Findings, IReadOnlySet<string>? Sealing);

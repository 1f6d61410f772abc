namespace Interop.Server.Upkeep;

/// <summary>Where an installation keeps what: found out without making any of it.</summary>
/// <param name="Connection">Of the server's role; null on the embedded database.</param>
/// <param name="Owner">Of the role that <c>migrate</c> uses, where it is another one.</param>
/// <param name="Broker">Of the message broker, if there is one.</param>
internal sealed record Place(string? Connection, string? Owner, string? Broker, string Data, string Keys)
{
    public bool IsEmbedded => Connection is null;

    /// <summary>The embedded database's file.</summary>
    public string Database => DatabaseIn(Data);

    public static string DatabaseIn(string data) => Path.Combine(data, "interop.db");

    public static Place Of(IConfiguration configuration)
    {
        var data = Path.GetFullPath(Set(configuration["INTEROP_DATA"]) ?? "data");
        return new(
            Set(configuration.GetConnectionString("Interop")), Set(configuration.GetConnectionString("InteropOwner")), Set(configuration.GetConnectionString("Broker")),
            data, Path.GetFullPath(Set(configuration["INTEROP_KEYS"]) ?? Path.Combine(data, "keys")));
    }

    static string? Set(string? text) => string.IsNullOrEmpty(text) ? null : text;
}

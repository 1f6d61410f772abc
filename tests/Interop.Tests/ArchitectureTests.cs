using System.Text.RegularExpressions;
using Xunit;

namespace Interop.Tests;

/// <summary>Which module may name which. This is the architecture diagram; what it does not show does not compile past here.</summary>
public sealed partial class ArchitectureTests
{
    static readonly Dictionary<string, string> s_mayName = new()
    {
        ["Contracts"] = "",
        ["AuditLog"] = "",
        ["Platform"] = "",
        ["Audit"] = "Platform AuditLog",
        ["Directory"] = "Platform Audit",
        ["Persons"] = "Platform Audit Contracts Directory",
        ["Matters"] = "Platform Audit Contracts Persons",
        ["Consent"] = "Platform Audit Contracts Directory Persons Matters",
        ["Referrals"] = "Platform Audit Contracts Directory Persons Matters Consent",
        ["Compliance"] = "Platform Audit Contracts Directory Persons Consent Referrals",
        ["Delivery"] = "Platform Audit Contracts Consent", // knows events and the gate, and no module whose events it carries
        ["Identity"] = "Platform Audit Directory Delivery", // of Delivery the guard of addresses that partners name
        ["Fhir"] = "Platform Audit Directory Persons Consent Referrals",
    };

    [Fact]
    public void Modules_name_only_what_the_table_allows_and_the_table_shows_nothing_else()
    {
        var named = Source.Files
            .Select(f => (Module: ModuleOf(f.Path), Names: Names(f.Text)))
            .Where(f => s_mayName.ContainsKey(f.Module))
            .SelectMany(f => f.Names.Where(n => n != f.Module && s_mayName.ContainsKey(n)).Select(n => $"{f.Module} → {n}"));
        var allowed = s_mayName.SelectMany(m => m.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(n => $"{m.Key} → {n}"));

        Assert.Equal(allowed.Order(StringComparer.Ordinal), named.Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_gate_alone_asks_for_a_disclosure() =>
        Assert.Equal(["Interop/Consent/Gate.cs"], Source.Files.Where(f => f.Text.Contains("Disclosure.Decide(", StringComparison.Ordinal)).Select(f => f.Path));

    [Theory]
    [InlineData("OpenIddict", "Interop.Identity/")]
    [InlineData("Hl7.Fhir", "Interop.Fhir/")]
    [InlineData("MassTransit", "Interop/Delivery/Amqp/")]
    [InlineData("RabbitMQ", "Interop/Delivery/Amqp/")]
    [InlineData("Org.BouncyCastle", "Interop/Audit/Log/NoteSigner.cs")]
    public void A_heavy_dependency_is_used_in_one_place(string dependency, string place)
    {
        var users = Source.Files.Where(f => Regex.IsMatch(Code(f.Text), $@"\b{Regex.Escape(dependency)}[.;]")).Select(f => f.Path).ToList();
        Assert.NotEmpty(users);
        Assert.All(users, path => Assert.StartsWith(place, path, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("OpenIddict", "Interop.Identity")]
    [InlineData("Hl7.Fhir", "Interop.Fhir")]
    [InlineData("MassTransit", "Interop")]
    [InlineData("BouncyCastle", "Interop")]
    public void A_heavy_package_is_referenced_by_one_project(string package, string project) =>
        Assert.Equal([project], new DirectoryInfo(Path.Combine(Source.Root.FullName, "src")).EnumerateFiles("*.csproj", SearchOption.AllDirectories)
            .Where(f => File.ReadAllText(f.FullName).Contains($"<PackageReference Include=\"{package}", StringComparison.Ordinal)).Select(f => Path.GetFileNameWithoutExtension(f.Name)));

    /// <summary>
    /// Where connections to others come from. Addresses that a partner names go through the guard's handler, by the client named
    /// <c>partner</c>; the others are addresses that the operator names, or our own.
    /// </summary>
    [Theory]
    [InlineData(@"\bnew SocketsHttpHandler|SocketsHttpHandler \w+\(\) => new", "Interop.Identity/IdentityModule.cs Interop.Server/AuditTools/LogPlace.cs Interop/Delivery/AddressGuard.cs")] // to Identity:Authority; from an auditor's desk to a log; to partners
    [InlineData(@"\bnew HttpClientHandler|\bnew WinHttpHandler|\bnew HttpMessageInvoker|\bnew WebClient|WebRequest\.", "")]
    [InlineData(@"\bnew TcpClient\b", "Interop.Server/Upkeep/Doctor/BrokerCheck.cs")] // the doctor looks whether the operator's broker is there
    [InlineData(@"\bnew HttpClient\b|HttpClient \w+ = new", "Interop.Server/Demonstration/DemoCommand.cs Interop.Server/Upkeep/HealthCommand.cs")] // both call the server on this machine
    [InlineData(@"\bnew Socket\(", "Interop/Delivery/AddressGuard.cs")]
    [InlineData(@"\.AddHttpClient\(\w", "Interop.Identity/IdentityModule.cs Interop/Audit/Log/LogModule.cs Interop/Delivery/DeliveryModule.cs")] // to Identity:Authority; to Audit:Witnesses; to partners
    [InlineData(@"\.CreateClient\(", "Interop.Identity/External/Authority.cs Interop.Identity/PartnerKeys.cs Interop/Audit/Log/Cosigner.cs Interop/Delivery/WebhookSender.cs")]
    public void Others_are_called_from_the_places_that_the_guard_stands_before(string made, string places) =>
        Assert.Equal(places.Split(' ', StringSplitOptions.RemoveEmptyEntries), Source.Files.Where(f => Regex.IsMatch(Code(f.Text), made)).Select(f => f.Path).Order(StringComparer.Ordinal));

    [Fact]
    public void Whoever_calls_an_address_that_a_partner_names_does_it_by_the_guarded_client() =>
        Assert.Equal((Interop.Identity.PartnerKeys.HttpClientName, Interop.Delivery.WebhookSender.Client), ("partner", "partner"));

    static string ModuleOf(string path) => path.Split('/') is ["Interop", var module, ..] ? module : path.Split('/')[0].Split('.')[^1];

    static IEnumerable<string> Names(string source) => Name().Matches(Code(source)).Select(m => m.Groups[1].Value);

    /// <summary>Without comments and texts.</summary>
    static string Code(string source) => NotCode().Replace(source, "");

    [GeneratedRegex(@"(?<![\w.])(?:Interop\.)?(Contracts|AuditLog|Platform|Audit|Directory|Persons|Matters|Consent|Referrals|Compliance|Delivery|Identity|Fhir)[.;](?=[A-Z\s])")]
    private static partial Regex Name();

    [GeneratedRegex("""//.*|"(?:\\.|[^"\\\r\n])*"|^namespace .*""", RegexOptions.Multiline)]
    private static partial Regex NotCode();
}

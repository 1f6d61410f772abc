using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hl7.Fhir.Model;
using Interop.Fhir;
using Interop.Tests.Contracts;
using Xunit;

namespace Interop.Tests.Fhir;

/// <summary>What is published of ours under contracts/fhir is what is served, and what is enforced.</summary>
public sealed class DefinitionTests
{
    static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static TheoryData<string> Files => [.. Definitions.All.Select(FileOf)];

    [Theory]
    [MemberData(nameof(Files))]
    public void The_committed_file_is_what_is_served(string file)
    {
        var current = JsonNode.Parse(FhirJson.Write(Definitions.All.Single(r => FileOf(r) == file)).Span)!.ToJsonString(s_indented);

        Assert.Equal(current.TrimEnd(), ContractFiles.Guarded($"fhir/{file}", current).TrimEnd());
    }

    [Fact]
    public void No_file_is_left_over() =>
        Assert.Equal(Files.Select(f => f.Data).Order(StringComparer.Ordinal), System.IO.Directory.EnumerateFiles(Path.Combine(ContractFiles.Root, "fhir"), "*.json").Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Files))]
    public void A_strict_parser_reads_it(string file) =>
        Assert.NotNull(FhirJson.Read<DomainResource>(Encoding.UTF8.GetBytes(ContractFiles.Read($"fhir/{file}"))).Resource);

    [Fact]
    public void Every_value_set_that_an_extension_is_bound_to_is_there()
    {
        var sets = Definitions.All.OfType<ValueSet>().Select(v => v.Url).ToHashSet();
        var bound = Definitions.All.OfType<StructureDefinition>().SelectMany(d => d.Differential!.Element).Select(e => e.Binding?.ValueSet).OfType<string>().ToList();

        Assert.NotEmpty(bound);
        Assert.All(bound, b => Assert.Contains(b, sets));
    }

    static string FileOf(Resource resource) => $"{resource.TypeName}-{resource.Id}.json";
}

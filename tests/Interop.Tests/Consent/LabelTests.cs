using Xunit;
using static Interop.Tests.Consent.Rules;

namespace Interop.Tests.Consent;

/// <summary>DOMAIN.md, Evaluating a FHIR R4 Consent, rule 5: confidentiality and sensitivity.</summary>
public sealed class LabelTests
{
    [Theory]
    [InlineData("permit", "R", "N", true)] // a permit for R covers N
    [InlineData("permit", "R", "R", true)]
    [InlineData("permit", "R", "V", false)]
    [InlineData("permit", "N", "R", false)]
    [InlineData("permit", "N", "L", true)]
    [InlineData("deny", "R", "N", false)] // a deny of R covers R and above
    [InlineData("deny", "R", "R", true)]
    [InlineData("deny", "R", "V", true)]
    [InlineData("deny", "U", "M", true)]
    public void Confidentiality_is_a_high_water_mark(string type, string stated, string carried, bool covers)
    {
        var root = type == "permit" ? DenyAll with { Children = [PermitAll with { Labels = [$"conf|{stated}"] }] } : PermitAll with { Children = [DenyAll with { Labels = [$"conf|{stated}"] }] };

        Assert.Equal(covers ? type : type == "permit" ? "deny" : "permit", Of(root, null, Observation($"conf|{carried}")).Split(' ')[1]);
    }

    [Theory]
    [InlineData("V", "permit deny")]
    [InlineData("N", "permit permit")]
    public void Data_is_as_confidential_as_its_highest_label(string highest, string answers) =>
        Assert.Equal(answers, Of(PermitAll with { Children = [DenyAll with { Labels = ["conf|R"] }] }, null, Observation("conf|L", $"conf|{highest}", "conf|N")));

    [Fact]
    public void Unlabelled_data_is_normal()
    {
        Assert.Equal("permit permit", Of(PermitAll with { Children = [DenyAll with { Labels = ["conf|R"] }] }, null, Observation()));
        Assert.Equal("permit deny", Of(PermitAll with { Children = [DenyAll with { Labels = ["conf|N"] }] }, null, Observation()));
        Assert.Equal("permit no-consent", Of(PermitAll with { Labels = ["conf|L"] }, null, Observation()));
    }

    [Theory]
    [InlineData("ETH", "ETH", true)]
    [InlineData("ETH", "ETHUD", true)]
    [InlineData("ETH", "OPIOIDUD", true)]
    [InlineData("ETHUD", "ETH", false)] // what includes is not included
    [InlineData("ETHUD", "OPIOIDUD", false)]
    [InlineData("PSY", "PSY", true)]
    [InlineData("PSY", "HIV", false)]
    [InlineData("SDV", "SDV", true)]
    [InlineData("BH", "OPIOIDUD", true)]
    public void Sensitivity_matches_exactly_or_by_declared_subsumption(string stated, string carried, bool matches) =>
        Assert.Equal(matches ? "permit deny" : "permit permit", Of(PermitAll with { Children = [DenyAll with { Labels = [$"act|{stated}"] }] }, null, Observation($"act|{carried}")));

    [Fact]
    public void Labels_of_the_older_names_of_a_system_are_the_same_labels() =>
        Assert.Equal("permit deny", Of(PermitAll with { Children = [DenyAll with { Labels = ["http://hl7.org/fhir/v3/Confidentiality|R"] }] }, null, Observation("conf|R")));
}

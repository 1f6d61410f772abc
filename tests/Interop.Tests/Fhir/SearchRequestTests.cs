using Interop.Fhir;
using Interop.Platform.Http;
using Interop.Referrals;
using Microsoft.Extensions.Primitives;
using Xunit;

namespace Interop.Tests.Fhir;

public sealed class SearchRequestTests
{
    static SearchRequest Read(bool strict, params (string Key, string Value)[] parameters) =>
        SearchRequest.Read(FhirTypes.Task, parameters.GroupBy(p => p.Key).Select(g => new KeyValuePair<string, StringValues>(g.Key, g.Select(p => p.Value).ToArray())), strict);

    [Fact]
    public void Values_are_ored_by_comma_and_anded_by_repetition()
    {
        var search = Read(false, ("status", "requested,accepted"), ("status", "accepted,failed"));
        Assert.Equal(["accepted"], search.Codes("status", Systems.TaskStatus, StatusMap.Known)!);
        Assert.Null(search.Refusal);
    }

    [Fact]
    public void A_comma_that_is_escaped_is_part_of_the_value() =>
        Assert.Equal([new Token("urn:a", "x,y|z")], Read(false, ("identifier", @"urn:a|x\,y\|z")).Tokens("identifier").Single());

    [Fact]
    public void A_code_of_another_system_finds_nothing() =>
        Assert.Empty(Read(false, ("status", "urn:other|requested")).Codes("status", Systems.TaskStatus, StatusMap.Known)!);

    [Fact]
    public void What_is_unknown_is_left_out_of_the_self_link_unless_handled_strictly()
    {
        Assert.Equal("x?status=requested", Read(false, ("foo", "1"), ("status", "requested")).Link("x"));
        Assert.Equal("foo", Read(true, ("foo", "1")).Refusal!.Faults.Single().Path);
    }

    [Theory]
    [InlineData("status:not", "requested")]
    [InlineData("_count", "many")]
    [InlineData("_count", "-1")]
    [InlineData("_cursor", "here")]
    [InlineData("_summary", "x")]
    [InlineData("_total", "x")]
    [InlineData("status", "")]
    [InlineData("identifier", "a\u0001")]
    public void What_is_wrong_is_named(string key, string value)
    {
        var search = Read(false, (key, value));
        Assert.Equal(key, search.Refusal!.Faults.Single().Path);
        Assert.Equal(400, search.Refusal.Status);
    }

    [Theory]
    [InlineData("ap2026")]
    [InlineData("2026-02-31")]
    [InlineData("yesterday")]
    [InlineData("ge")]
    [InlineData("2026-01-01T25:00:00Z")]
    [InlineData("2026-01-01T10:00:00+99:00")]
    [InlineData("9999")]
    public void What_is_no_time_is_named(string value)
    {
        var search = Read(false, ("_lastUpdated", value));
        search.Times("_lastUpdated");
        Assert.Equal("_lastUpdated", search.Refusal!.Faults.Single().Path);
    }

    [Theory]
    [InlineData("2026-03", true)]
    [InlineData("2026-03-31", true)]
    [InlineData("ge2026-03-31T09:00:00Z", true)]
    [InlineData("gt2026-03-31T09:00:00Z", false)]
    [InlineData("le2026-03-31T09:00:00Z", true)]
    [InlineData("lt2026-03-31T09:00:00Z", false)]
    [InlineData("2026-03-31T03:00:00-06:00", true)]
    [InlineData("2026-03-31T11:00:00 02:00", true)]
    [InlineData("gt2026-03-30", true)]
    [InlineData("2026-03-31T09:00:00.000000Z", true)]
    [InlineData("2026-03-31T09:00:00.000001Z", false)]
    public void A_time_is_as_long_as_it_is_precise(string value, bool matches) =>
        Assert.Equal(matches, Read(false, ("_lastUpdated", value)).Times("_lastUpdated").Single().Single().Contains(Views.At));

    [Fact]
    public void No_more_than_a_page_is_given_and_none_is_counted()
    {
        Assert.Equal(500, Read(false, ("_count", "100000")).Limit);
        Assert.True(Read(false, ("_count", "0")).OnlyCount);
        Assert.Equal(Counting.Whole, Read(false, ("_summary", "count")).Counting);
        Assert.Equal(Counting.None, Read(false, ("_total", "none")).Counting);
    }

    [Fact]
    public void A_next_link_leads_to_the_rest_of_the_same_search()
    {
        var cursor = Guid.Parse("01890000-0000-7000-8000-000000000001");
        var link = Read(false, ("status", "requested"), ("_count", "2")).Link("x", Query.WriteCursor(cursor));
        Assert.StartsWith("x?status=requested&_count=2&_cursor=", link, StringComparison.Ordinal);
        Assert.Equal(cursor, Read(false, ("_cursor", link.Split('=')[^1])).After);
    }

    [Fact]
    public void An_organisation_is_named_by_reference_or_by_identifier()
    {
        Assert.Equal(["a", "b", "c"], Read(false, ("owner", "a,Organization/b,http://here/fhir/Organization/c,Patient/d")).Organisations("owner")!);
        Assert.Equal(["a", "b"], Read(false, ("owner:identifier", "urn:interop:organisation|a,b,urn:x|c")).Organisations("owner")!);
    }

    [Fact]
    public void Every_parameter_of_the_table_is_one_of_FHIRs() =>
        Assert.All(FhirTypes.All, type => Assert.All(type.Parameters, p => Assert.StartsWith("http://hl7.org/fhir/SearchParameter/", FhirTypes.Definition(type, p).Url, StringComparison.Ordinal)));
}

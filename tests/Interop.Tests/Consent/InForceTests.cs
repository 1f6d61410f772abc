using Xunit;
using static Interop.Tests.Consent.Rules;

namespace Interop.Tests.Consent;

/// <summary>DOMAIN.md, Evaluating a FHIR R4 Consent, rule 1: a consent is in force at an instant, or is not.</summary>
public sealed class InForceTests
{
    [Theory]
    [InlineData("active", "permit")]
    [InlineData("draft", "no-consent")]
    [InlineData("proposed", "no-consent")]
    [InlineData("rejected", "no-consent")]
    [InlineData("inactive", "no-consent")]
    [InlineData("entered-in-error", "no-consent")]
    [InlineData("no-such-status", "no-consent")]
    public void Only_an_active_consent_is_in_force(string status, string decision) => Assert.Equal(decision, Of(new WrittenConsent { Status = status, Root = PermitAll }));

    [Theory]
    [InlineData("2025-12-31T23:59:59Z", "no-consent")]
    [InlineData("2026-01-01T00:00:00Z", "permit")]
    [InlineData("2026-01-31T23:59:59Z", "permit")] // a date-only end includes its day
    [InlineData("2026-02-01T00:00:00Z", "no-consent")]
    public void Its_period_covers_from_its_first_moment_to_the_end_of_its_last_day(string asOf, string decision) =>
        Assert.Equal(decision, Of(PermitAll with { Period = ("2026-01-01", "2026-01-31") }, At(asOf)));

    [Theory]
    [InlineData("2026", "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z")]
    [InlineData("2026-02", "2026-02-28T23:59:59Z", "2026-03-01T00:00:00Z")]
    [InlineData("2026-02-10", "2026-02-10T23:59:59Z", "2026-02-11T00:00:00Z")]
    [InlineData("2026-02-10T12:00:00Z", "2026-02-10T11:59:59Z", "2026-02-10T12:00:00Z")] // an instant is its own end: half-open
    [InlineData("2026-02-10T12:00:00+02:00", "2026-02-10T09:59:59Z", "2026-02-10T10:00:00Z")]
    public void Partial_dates_end_with_what_they_name(string end, string last, string first)
    {
        Assert.Equal("permit", Of(PermitAll with { Period = (null, end) }, At(last)));
        Assert.Equal("no-consent", Of(PermitAll with { Period = (null, end) }, At(first)));
    }

    [Theory]
    [InlineData(null, "2026-02-01T00:00:00Z")]
    [InlineData(-5, "2026-02-01T05:00:00Z")]
    [InlineData(2, "2026-01-31T22:00:00Z")]
    public void Partial_dates_are_read_in_the_zone_of_the_consent(int? offset, string end)
    {
        var consent = new WrittenConsent { Offset = offset, Root = PermitAll with { Period = (null, "2026-01-31") } };

        Assert.Equal("no-consent", Of(consent, At(end)));
        Assert.Equal("permit", Of(consent, At(DateTimeOffset.Parse(end, null).AddSeconds(-1).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", null))));
    }

    [Theory]
    [InlineData("2026-02-01", "2026-01-01")]
    [InlineData("2026-01-15T10:00:00Z", "2026-01-15T10:00:00Z")]
    public void A_period_that_ends_before_it_begins_is_never_in_force(string start, string end) =>
        Assert.Equal("no-consent", Of(PermitAll with { Period = (start, end) }, At("2026-01-15T10:00:00Z")));

    [Fact]
    public void The_age_of_the_data_is_another_thing_than_the_period_in_force()
    {
        var consent = PermitAll with { Period = ("2026", null), DataPeriod = ("2020", "2020") };
        WrittenResource Of2020(string date) => new() { Type = "Observation", Id = "1", Date = date };

        Assert.Equal("permit permit", Of(consent, null, Of2020("2020-06-01")));
        Assert.Equal("permit no-consent", Of(consent, null, Of2020("2026-01-02")));
        Assert.Equal("permit no-consent", Of(consent, null, Observation())); // undated: a permit for an age does not cover it
        Assert.Equal("permit deny", Of(PermitAll with { Children = [DenyAll with { DataPeriod = ("2020", "2020") }] }, null, Observation()));
        Assert.Equal("permit deny", Of(PermitAll with { Children = [DenyAll with { DataPeriod = ("2020-06", "2021") }] }, null, Of2020("2020")));
    }

    [Fact]
    public void A_period_of_a_nested_provision_says_when_that_provision_applies()
    {
        var consent = PermitAll with { Children = [DenyAll with { Period = ("2026-01-03", "2026-01-03") }] };

        Assert.Equal("permit", Of(consent, At("2026-01-02T23:59:59Z")));
        Assert.Equal("deny", Of(consent, At("2026-01-03T00:00:00Z")));
        Assert.Equal("permit", Of(consent, At("2026-01-04T00:00:00Z")));
    }
}

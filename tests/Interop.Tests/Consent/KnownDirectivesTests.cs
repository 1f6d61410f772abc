using Interop.Consent;
using Interop.Platform;
using Xunit;

namespace Interop.Tests.Consent;

/// <summary>What a consent says is read once for the engine; what it no longer says is not what it said.</summary>
public sealed class KnownDirectivesTests
{
    static readonly DateTimeOffset s_now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    readonly KnownDirectives _known = new(Way.Packs);
    readonly Id<ConsentGiven> _id = Id<ConsentGiven>.New(s_now);

    [Fact]
    public void The_same_version_is_read_once_however_often_its_row_is() =>
        Assert.Same(_known.Read(Row(), s_now.UtcTicks), _known.Read(Row(), s_now.AddDays(1).UtcTicks));

    [Fact]
    public void An_end_is_read_anew_also_one_that_another_version_of_that_number_did_not_have()
    {
        Assert.Equal(long.MaxValue, _known.Read(Row(), s_now.UtcTicks).Period.End);
        Assert.Equal(s_now.UtcTicks, _known.Read(Row(version: 2, ended: s_now), s_now.UtcTicks).Period.End); // rolled back
        Assert.Equal(s_now.AddHours(1).UtcTicks, _known.Read(Row(version: 2, ended: s_now.AddHours(1)), s_now.UtcTicks).Period.End);
    }

    [Fact]
    public void Under_another_law_it_is_read_under_that()
    {
        Assert.Equal("default", _known.Read(Row(), s_now.UtcTicks).Pack.Id);
        Assert.Equal("us-42cfr2", _known.Read(Row(jurisdiction: "US"), s_now.UtcTicks).Pack.Id);
    }

    ConsentGiven Row(int version = 1, DateTimeOffset? ended = null, string? jurisdiction = null) => new()
    {
        Id = _id,
        Version = version,
        PersonId = new(Guid.Empty),
        Kind = Kinds.Referral,
        Discloser = "court",
        Recipients = ["clinic"],
        Purposes = [Purposes.Treatment],
        Categories = [Categories.Referral],
        From = s_now.AddDays(-1),
        Signature = new("paper", s_now, "Ana", null),
        Language = "es",
        CapturedBy = "court",
        CreatedAt = s_now,
        EndedAt = ended,
        DiscloserJurisdiction = jurisdiction,
    };
}

using Interop.Consent.Evaluation;
using Xunit;

namespace Interop.Tests.Consent;

/// <summary>Cases that the generator found while the engine was made, shrunk and named.</summary>
public sealed class FoundTests
{
    /// <summary>
    /// Of an undated resource the deny holds, since it may be of that time, and the deeper permit does not, for the same reason: so the
    /// permit does not undo the deny, and the obligations must not leave it out.
    /// </summary>
    [Fact]
    public void A_permit_of_the_same_period_does_not_undo_a_denial_for_what_is_undated()
    {
        var c = new WrittenCase
        {
            Consents =
            [
                new()
                {
                    Root = new()
                    {
                        Children =
                        [
                            new() { Type = "deny", DataPeriod = ("2026-01-01", "2026-01-31"), Children = [new() { Type = "permit" }] },
                            new() { Type = "permit" },
                        ],
                    },
                },
            ],
            Resources = [new() { Type = "Observation", Id = "1" }, new() { Type = "Observation", Id = "2", Date = "2026-01-03" }],
        };

        var e = c.Evaluate();

        Assert.Equal("permit deny permit", AgainstNaiveTests.Answers(c));
        var obligation = Assert.Single(e.Obligations);
        Assert.False(obligation.Except);
        Assert.Single(obligation.DataPeriods);
    }

    /// <summary>Constraints that say the same in two places mean the same data, whether they are inherited or written again.</summary>
    [Fact]
    public void A_denial_that_writes_the_same_label_again_leaves_nothing_of_the_permit()
    {
        var c = new WrittenCase
        {
            Consents = [new() { Root = new() { Children = [new() { Type = "permit", Labels = ["act|ETH"] }, new() { Type = "deny", Labels = ["act|ETH"] }] } }],
            Resources = [new() { Type = "Observation", Id = "1", Labels = ["act|ETH"] }],
        };

        Assert.Equal("deny deny", AgainstNaiveTests.Answers(c));
        Assert.Equal(Decision.Deny, c.Evaluate().Decision);
    }
}

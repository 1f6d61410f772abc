using Interop.Consent.Evaluation;
using Interop.Consent.Packs;
using Xunit;

namespace Interop.Tests.Consent;

/// <summary>DOMAIN.md, several consents at once: the six steps, and where the pack decides.</summary>
public sealed class HearingTests
{
    static readonly Names s_court = new(["Organization/court"]);
    static readonly Question s_monitoring = new([new(s_court)], new(CodeSystems.Purposes(new(null, "justice-monitoring"))), 100);

    static Pack Under(bool justiceStands = true, params SeparateConsentFile[] separate)
    {
        var plain = Way.Packs.Default.Stated;
        var stated = plain with { Id = "test", Settings = plain.Settings with { JusticeConsentStands = justiceStands, SeparateConsents = separate } };
        return new("test", "1", stated, plain);
    }

    static Directive Consent(Effect effect, Standing standing = Standing.Ordinary, bool named = true, Pack? pack = null, string? matter = null, Interval? period = null, string[]? purposes = null, string[]? labels = null, string? kind = null) => new Directive
    {
        Reference = "Consent/1",
        Status = "active",
        Standing = standing,
        Matter = matter,
        Period = period ?? Interval.Always,
        Categories = new(kind is null ? [] : [new(CodeSystems.ConsentKind, kind)]),
        Pack = pack ?? Way.Packs.Default,
        Provisions =
        [
            new()
            {
                Effect = effect,
                Depth = 0,
                Path = ProvisionPath.Root,
                Actors = named ? new([new(null, s_court, [])]) : null,
                Purposes = standing is Standing.Justice ? new(CodeSystems.Purposes(new(null, "justice-monitoring"))) : purposes is null ? null : new(purposes.SelectMany(p => CodeSystems.Purposes(new(null, p)))),
                Labels = labels is null ? null : new LabelSet([.. labels.Select(l => new Code(CodeSystems.ActCode, l))]),
            },
        ],
    }.Prepared();

    static Decision Of(Question q, params Directive[] consents)
    {
        var decision = Evaluator.Decide(consents, q).Decision;
        Assert.Equal(decision, Evaluator.Decide([.. consents.Reverse()], q).Decision);
        return decision;
    }

    [Fact]
    public void One_What_is_not_in_force_is_dropped()
    {
        var over = new Interval(0, 100);

        Assert.Equal(Decision.NoConsent, Of(s_monitoring, Consent(Effect.Permit, period: over)));
        Assert.Equal(Decision.Permit, Of(s_monitoring, Consent(Effect.Deny, period: over), Consent(Effect.Permit)));
    }

    [Fact]
    public void Two_A_justice_consent_speaks_only_of_its_matter()
    {
        var consent = Consent(Effect.Permit, Standing.Justice, matter: "m1");

        Assert.Equal(Decision.Permit, Of(s_monitoring with { Matter = "m1" }, consent));
        Assert.Equal(Decision.NoConsent, Of(s_monitoring with { Matter = "m2" }, consent));
    }

    [Fact]
    public void Two_A_justice_consent_speaks_only_of_its_recipients_and_purpose()
    {
        Assert.Equal(Decision.NoConsent, Of(s_monitoring with { Actors = [new(new(["Organization/other"]))] }, Consent(Effect.Permit, Standing.Justice)));
        Assert.Equal(Decision.NoConsent, Of(s_monitoring with { Purposes = new([new(null, "treatment")]) }, Consent(Effect.Permit, Standing.Justice)));
        Assert.Equal(Decision.NoConsent, Of(s_monitoring, Consent(Effect.Permit, Standing.Justice, named: false))); // for whoever asks: it binds nobody
    }

    [Fact]
    public void Two_A_general_refusal_does_not_remove_a_justice_consent()
    {
        foreach (var stands in new[] { true, false })
            Assert.Equal(Decision.Permit, Of(s_monitoring, Consent(Effect.Permit, Standing.Justice, pack: Under(stands)), Consent(Effect.Deny, named: false)));
    }

    [Fact]
    public void Three_An_explicit_denial_beats_any_permit_but_those_above_it()
    {
        var denial = Consent(Effect.Deny);

        Assert.Equal(Decision.Deny, Of(s_monitoring, denial, Consent(Effect.Permit)));
        Assert.Equal(Decision.Permit, Of(s_monitoring, denial, Consent(Effect.Permit, Standing.WithoutConsent)));
        Assert.Equal(Decision.Permit, Of(s_monitoring, denial, Consent(Effect.Permit, Standing.Justice, pack: Under(justiceStands: true))));
        Assert.Equal(Decision.Deny, Of(s_monitoring, denial, Consent(Effect.Permit, Standing.Justice, pack: Under(justiceStands: false)))); // two against three is the pack's
    }

    [Fact]
    public void Four_What_needs_a_separate_consent_by_its_purpose_never_comes_from_a_general_one()
    {
        var pack = Under(true, new SeparateConsentFile("proceedings", [], [new(CodeSystems.Purpose, "proceedings")]));
        var question = s_monitoring with { Purposes = new([new(CodeSystems.Purpose, "proceedings")]) };

        Assert.Equal(Decision.NoConsent, Of(question, Consent(Effect.Permit, pack: pack)));
        Assert.Equal(Decision.NoConsent, Of(question, Consent(Effect.Permit, pack: pack, purposes: ["proceedings", "treatment"])));
        Assert.Equal(Decision.Permit, Of(question, Consent(Effect.Permit, pack: pack, purposes: ["proceedings"])));
        Assert.Equal(Decision.Permit, Of(question, Consent(Effect.Permit, pack: pack, kind: "proceedings")));
    }

    [Fact]
    public void Four_What_needs_a_separate_consent_by_its_label_never_comes_from_a_general_one()
    {
        var us = Way.Packs.All.Single(p => p.Id == "us-42cfr2");
        var notes = new Item("DocumentReference/1", Names.None, new([]), new([new(CodeSystems.ActCode, "PSYTHPN")]), new([]), null, Names.None, Names.None, Names.None);

        Assert.Equal(Decision.NoConsent, Evaluator.Decide([Consent(Effect.Permit, pack: us)], s_monitoring, notes).Decision);
        Assert.Equal(Decision.Permit, Evaluator.Decide([Consent(Effect.Permit, pack: us, labels: ["PSYTHPN"])], s_monitoring, notes).Decision);
        Assert.Equal(Decision.NoConsent, Evaluator.Decide([Consent(Effect.Permit, pack: us, labels: ["PSYTHPN", "PSY"])], s_monitoring, notes).Decision); // combined with others
        Assert.Contains(Evaluator.Evaluate([Consent(Effect.Permit, pack: us)], s_monitoring, [], us).Obligations, o => o.Codes.Contains(new(CodeSystems.ActCode, "PSYTHPN")));
    }

    [Fact]
    public void Five_and_six_Among_equals_deny_overrides_and_no_match_is_no()
    {
        Assert.Equal(Decision.Deny, Of(s_monitoring, Consent(Effect.Permit), Consent(Effect.Deny, named: false)));
        Assert.Equal(Decision.NoConsent, Of(s_monitoring));
    }

    [Fact]
    public void What_the_law_asks_for_goes_with_every_permit()
    {
        var us = Way.Packs.All.Single(p => p.Id == "us-42cfr2");

        Assert.Equal(["NORDSCLCD", "attach-notice"], Evaluator.Evaluate([Consent(Effect.Permit, pack: us)], s_monitoring, [], us).Obligations.Where(o => o.Codes.Count == 0).Select(o => o.Id.Value));
    }
}

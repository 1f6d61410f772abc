using System.Globalization;
using Interop.Consent.Evaluation;
using Xunit;

namespace Interop.Tests.Consent;

/// <summary>
/// The engine against the naive evaluator and against itself, on cases at random. The seed is in the output and in every failure;
/// <c>INTEROP_SEED</c> plays it again. A failing case is shrunk; what was found so is kept in <see cref="FoundTests"/>.
/// </summary>
public sealed class AgainstNaiveTests(ITestOutputHelper output)
{
    const int Cases = 100_000;

    static readonly int s_seed = int.TryParse(Environment.GetEnvironmentVariable("INTEROP_SEED"), CultureInfo.InvariantCulture, out var seed) ? seed : Random.Shared.Next();

    [Fact]
    public void The_engine_and_the_naive_evaluator_answer_alike() => Holds(Differ);

    [Fact]
    public void The_order_of_provisions_consents_actors_and_codes_changes_nothing() => Holds(c => Answers(c) != Answers(Reversed(c)), Cases / 50);

    [Fact]
    public void A_provision_that_matches_nothing_changes_nothing() =>
        Holds(c => Answers(c) != Answers(Each(c, p => p with { Children = [.. p.Children, Unmatched("deny"), Unmatched("permit")] })), Cases / 50);

    [Fact]
    public void Narrowing_the_permits_of_a_consent_never_permits_more() => Holds(c =>
    {
        var (before, after) = (c.Evaluate(), Each(c, p => p.Type == "permit" && p.Children.Count == 0 ? p with { Purposes = ["urn:other|NEVER"] } : p).Evaluate());
        return (after.Decision is Decision.Permit && before.Decision is not Decision.Permit)
            || after.Items.Zip(before.Items).Any(i => i.First.Decision is Decision.Permit && i.Second.Decision is not Decision.Permit);
    }, Cases / 50);

    [Fact]
    public void A_further_denial_never_permits_more() => Holds(c =>
    {
        var more = c with { Consents = [.. c.Consents, new() { Id = "no", Root = new() { Type = "deny", Classes = ["type|Observation"] } }] };
        return more.Evaluate().Items.Zip(c.Evaluate().Items).Any(i => i.First.Decision is Decision.Permit && i.Second.Decision is not Decision.Permit);
    }, Cases / 50);

    [Fact]
    public void What_is_not_permitted_to_the_request_is_permitted_of_no_resource() =>
        Holds(c => c.Question.Classes.Count == 0 && c.Evaluate() is { Decision: not Decision.Permit } e && e.Items.Any(i => i.Decision is Decision.Permit), Cases / 50);

    [Fact]
    public void What_the_obligations_leave_is_permitted() => Holds(c =>
    {
        if (c.Question.Classes.Count > 0)
            return false;
        var material = Way.Material(c.ToJson().ToJsonString());
        var e = Evaluator.Evaluate(material.Consents, material.Question, material.Items, material.Pack);
        return e.Decision is Decision.Permit && material.Items.Zip(e.Items).Any(i => Enforcement.Leaves(e.Obligations, i.First) && i.Second.Decision is not Decision.Permit);
    }, Cases / 50);

    [Fact]
    public void The_trace_tells_who_decided_and_of_every_other_provision_why_not() => Holds(c =>
    {
        var e = c.Evaluate();
        var decided = e.Trace.Entries.Where(t => t is { Item: null, Decided: true }).ToList();
        return decided.Count != (e.Decision is Decision.NoConsent ? 0 : 1)
            || decided.Any(t => t.Consent != e.DecidedBy)
            || c.Consents.Any(written => e.Trace.Entries.All(t => t.Consent.Reference != $"Consent/{written.Id}") && (written.Root is not null || written.PolicyRule is not null));
    }, Cases / 50);

    void Holds(Func<WrittenCase, bool> fails, int cases = Cases)
    {
        output.WriteLine($"INTEROP_SEED={s_seed}");
        for (var i = 0; i < cases; i++)
        {
            var c = new Imagined(unchecked(s_seed + i)).Case();
            if (!fails(c))
                continue;
            var smallest = Shrinking.Smallest(c, fails);
            Assert.Fail($"INTEROP_SEED={s_seed}, case {i}:\n{smallest.ToJson()}\nthe engine says {Answers(smallest)}, the naive evaluator {Naively(smallest)}");
        }
    }

    static bool Differ(WrittenCase c) => Answers(c) != Naively(c);

    internal static string Answers(WrittenCase c)
    {
        var e = c.Evaluate();
        return string.Join(' ', e.Items.OrderBy(i => i.Reference, StringComparer.Ordinal).Select(i => Text(i.Decision)).Prepend(Text(e.Decision)));
    }

    internal static string Naively(WrittenCase c) =>
        string.Join(' ', c.Resources.OrderBy(r => r.Reference, StringComparer.Ordinal).Select(r => Naive.Decide(c, r)).Prepend(Naive.Decide(c)));

    static string Text(Decision decision) => Interop.Consent.EvaluationView.CodeOf(decision);

    static WrittenProvision Unmatched(string type) => new() { Type = type, Purposes = ["urn:other|NEVER"] };

    static WrittenCase Each(WrittenCase c, Func<WrittenProvision, WrittenProvision> change)
    {
        return c with { Consents = [.. c.Consents.Select(consent => consent with { Root = consent.Root is null ? null : Change(consent.Root) })] };

        WrittenProvision Change(WrittenProvision p) => change(p with { Children = [.. p.Children.Select(Change)] });
    }

    static WrittenCase Reversed(WrittenCase c)
    {
        var reversed = Each(c, p => p with
        {
            Actors = [.. p.Actors.Reverse()], Labels = [.. p.Labels.Reverse()], Purposes = [.. p.Purposes.Reverse()], Classes = [.. p.Classes.Reverse()],
            Codes = [.. p.Codes.Reverse()], Data = [.. p.Data.Reverse()], Children = [.. p.Children.Reverse()],
        });
        return reversed with
        {
            Consents = [.. reversed.Consents.Reverse()],
            Resources = [.. c.Resources.Reverse()],
            Question = c.Question with { Actors = [.. c.Question.Actors.Reverse()] },
        };
    }
}

/// <summary>An enforcement point that does as the obligations say, and where it cannot tell, removes.</summary>
static class Enforcement
{
    public static bool Leaves(IReadOnlyList<Obligation> obligations, Item item) => obligations.All(o => o.Except ? IsIn(o, item, surely: true) : !IsIn(o, item, surely: false));

    static bool IsIn(Obligation o, Item item, bool surely)
    {
        var effect = o.Except ? Effect.Permit : Effect.Deny;
        bool Is(Match match) => match is Match.Yes || (!surely && match is Match.Unknown);
        return o.Codes.Any(c => new LabelSet([c]).Covers(item.Labels, effect) || item.Classes.Contains(c) || item.Codes.Contains(c))
            || o.DataPeriods.Any(p => Is(item.Age is { } age ? p.Covers(age) : Match.Unknown))
            || o.Data.Any(d => Is(d.Matches(item)));
    }
}

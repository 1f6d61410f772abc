using System.Globalization;
using Interop.Audit;
using Interop.Consent;
using Interop.Consent.WithoutConsent;
using Interop.Platform;
using Xunit;

namespace Interop.Tests.Consent;

/// <summary>
/// What the gate lets be told, at random, against its table in Consent/README.md written apart: there without the engine, by looking at
/// what each consent says. <c>INTEROP_SEED</c> plays a run again.
/// </summary>
public sealed class GateTests
{
    const int Cases = 30_000;

    static readonly int s_seed = int.TryParse(Environment.GetEnvironmentVariable("INTEROP_SEED"), CultureInfo.InvariantCulture, out var seed) ? seed : Random.Shared.Next();

    static readonly Guid s_person = Guid.CreateVersion7(DateTimeOffset.UnixEpoch);
    static readonly Guid[] s_matters = [Guid.CreateVersion7(DateTimeOffset.UnixEpoch), Guid.CreateVersion7(DateTimeOffset.UnixEpoch)];
    static readonly (string Id, OrganisationKind Kind)[] s_organisations =
    [
        ("court", OrganisationKind.Court), ("prosecutor", OrganisationKind.Prosecutor), ("supervision", OrganisationKind.Supervision), ("clinic", OrganisationKind.Provider),
        ("other-clinic", OrganisationKind.SocialServices), ("auditor", OrganisationKind.Oversight),
    ];

    static readonly DateTimeOffset s_now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_gate_answers_as_its_table_says()
    {
        var (permitted, denied) = (0, 0);
        for (var i = 0; i < Cases; i++)
        {
            var random = new Random(unchecked(s_seed + i));
            var consents = Enumerable.Range(0, random.Next(4)).Select(_ => Consent(random)).ToList();
            var lawful = Enumerable.Range(0, random.Next(3)).Select(_ => Lawful(random)).ToList();
            var facts = new ReferralFacts(Guid.Empty, s_person, Of(random, s_matters), Of(random, "court", "prosecutor"), Of(random, "clinic", "other-clinic"), random.Next(2) == 0);
            var (recipient, kind) = Of(random, s_organisations);
            var acting = random.Next(4) == 0;

            var disclosure = Disclosure.Decide(facts, recipient, kind, new Heard(consents, lawful, new(Way.Packs), s_now), s_now, acting);

            var table = new Table(facts, recipient, kind, consents, lawful, acting);
            var what = $"seed {s_seed}, case {i}";
            var treating = Disclosure.DecideTreating(facts, recipient, kind, new Heard(consents, lawful, new(Way.Packs), s_now), s_now);
            Assert.True(table.Treating.ToHashSet().SetEquals(treating?.Relied ?? []), what);
            foreach (var content in treating is null ? [] : Contents(random))
                Assert.True(table.PermitsTreating(content) == treating!.Permits(content), $"{what}: for treatment {content}");
            Assert.True(table.Standing == disclosure?.Standing, what);
            if (disclosure is null)
                continue;
            Assert.True(table.Relied.ToHashSet().SetEquals(disclosure.Relied), what);
            Assert.True(table.Lawful.ToHashSet().SetEquals(disclosure.Lawful), what);
            foreach (var content in Contents(random))
            {
                Assert.True(table.Permits(content) == disclosure.Permits(content), $"{what}: {content}");
                _ = table.Permits(content) ? permitted++ : denied++;
            }
        }
        Assert.True(permitted > Cases / 10 && denied > Cases / 10, $"{permitted} permitted, {denied} denied");
    }

    static T Of<T>(Random random, params T[] all) => all[random.Next(all.Length)];

    static ConsentGiven Consent(Random random)
    {
        var kind = Kinds.Find(Of(random, [Kinds.Referral, Kinds.JusticeMonitoring, Kinds.JusticeMonitoring, .. Kinds.All]))!;
        var from = s_now.AddDays(random.Next(-20, 3));
        var toJustice = kind.Recipient is Side.Justice;
        string[] recipients = toJustice ? ["court", "prosecutor", "supervision"] : ["clinic", "other-clinic"];
        return new()
        {
            Id = Id<ConsentGiven>.New(s_now),
            Version = 1,
            PersonId = new(s_person),
            Kind = kind.Name,
            MatterId = kind.NeedsMatter || random.Next(2) == 0 ? new(Of(random, s_matters)) : null,
            Discloser = kind.Discloser is Side.Justice ? Of(random, "court", "prosecutor") : Of(random, "clinic", "other-clinic"),
            Recipients = [.. recipients.Where(_ => random.Next(2) == 0).Append(Of(random, recipients)).Distinct()],
            Purposes = [kind.Purpose switch { Purposes.Treatment => Of(random, "treatment", "TREAT"), null => "payment", { } p => p }, .. random.Next(3) == 0 ? ["operations"] : Array.Empty<string>()],
            Categories = [.. kind.Categories.Where(_ => random.Next(2) == 0).Append(Of(random, [.. kind.Categories])).Distinct()],
            From = from,
            Until = random.Next(3) == 0 ? null : from.AddDays(random.Next(1, 30)),
            UntilEvent = UntilEvents.EndOfTreatment,
            Signature = new("paper", from, "Ana", null),
            Language = "es",
            CapturedBy = "clinic",
            CreatedAt = from,
        };
    }

    static LawfulGround Lawful(Random random)
    {
        var (ordered, from) = (random.Next(2) == 0, s_now.AddDays(random.Next(-5, 2)));
        return new()
        {
            Id = Guid.CreateVersion7(s_now),
            Kind = ordered ? Grounds.CourtOrder : Grounds.Emergency,
            PersonId = new(s_person),
            Recipient = ordered ? Of(random, "court", "prosecutor", "supervision") : Of(random, "clinic", "other-clinic"),
            Discloser = ordered ? Of(random, "clinic", "other-clinic") : null,
            Categories = ordered ? [.. Categories.Justice.Where(_ => random.Next(2) == 0).Append(Categories.DrugTest).Distinct()] : [],
            RecordsFrom = ordered && random.Next(2) == 0 ? s_now.AddDays(random.Next(-20, -5)) : null,
            RecordsUntil = ordered && random.Next(2) == 0 ? s_now.AddDays(random.Next(-5, 3)) : null,
            From = from,
            Until = from.AddDays(random.Next(1, 8)),
            RecordedAt = from,
        };
    }

    static IEnumerable<Content> Contents(Random random)
    {
        foreach (var provider in (string[])["clinic", "other-clinic"])
        {
            yield return new(ContentKind.Referral, provider, "court");
            yield return new(ContentKind.Answer, provider, provider);
            yield return new(ContentKind.Notice, provider, provider, Only: random.Next(2) == 0 ? ["court"] : null);
            foreach (var category in Categories.Justice)
                yield return new(ContentKind.Category, provider, provider, category, random.Next(4) == 0 ? null : s_now.AddDays(random.Next(-25, 5)));
        }
    }

    /// <summary>The table of Consent/README.md, row by row.</summary>
    sealed class Table(ReferralFacts facts, string recipient, OrganisationKind kind, IEnumerable<ConsentGiven> consents, IEnumerable<LawfulGround> lawful, bool acting)
    {
        readonly IReadOnlyList<ConsentGiven> _live = [.. consents.Where(c => c.From <= s_now && (c.Until is null || s_now < c.Until))];

        public Standing? Standing =>
            kind.IsJustice ? recipient == facts.Referrer ? Interop.Consent.Standing.Referrer : Monitoring(facts.Provider).Any() ? Interop.Consent.Standing.Named
                : facts.Accepted && Orders.Any() ? Interop.Consent.Standing.Ordered : null
            : !kind.IsCare ? null
            : recipient == facts.Provider && Referral(recipient).Any() ? Interop.Consent.Standing.Provider
            : recipient == facts.Provider && acting && facts.Accepted ? Interop.Consent.Standing.ProviderAlone
            : facts.Accepted && Emergencies.Any() ? Interop.Consent.Standing.Emergency : null;

        public IEnumerable<LawfulGround> Lawful => kind.IsJustice ? Orders : Standing is Interop.Consent.Standing.Emergency ? Emergencies : [];

        public IEnumerable<ConsentGiven> Relied => Standing switch
        {
            Interop.Consent.Standing.Referrer => Referral(null).Concat(Monitoring(null)),
            Interop.Consent.Standing.Named => Monitoring(facts.Provider),
            Interop.Consent.Standing.Provider => Referral(recipient),
            _ => [],
        };

        public bool Permits(Content content)
        {
            if (content.By == recipient)
                return true;
            if (content.Only is { } only && !only.Contains(recipient))
                return false;
            return Standing switch
            {
                Interop.Consent.Standing.Provider => content.Provider == recipient,
                Interop.Consent.Standing.ProviderAlone => false,
                Interop.Consent.Standing.Emergency => true,
                Interop.Consent.Standing.Ordered when content.Kind is ContentKind.Referral => false,
                _ => content.Kind switch
                {
                    ContentKind.Answer => Category(content.Provider, Categories.TreatmentStatus, null) || (Standing is Interop.Consent.Standing.Referrer && Referral(content.Provider).Any()),
                    ContentKind.Category => Category(content.Provider, content.Category!, content.OccurredAt),
                    _ => true,
                },
            };
        }

        /// <summary>Care information between providers: what the present one reports, to another that a consent for treatment names.</summary>
        public IEnumerable<ConsentGiven> Treating => _live.Where(c => kind.IsCare && facts.Accepted && recipient != facts.Provider && c.Kind == "treatment"
            && c.Discloser == facts.Provider && c.Recipients.Contains(recipient) && (c.MatterId is null || c.MatterId.Value.Value == facts.Matter));

        public bool PermitsTreating(Content content) => content.By == recipient
            || (content.Kind is ContentKind.Category && content.Provider == facts.Provider && Treating.Any(c => c.Categories.Contains(content.Category!)));

        bool Category(string provider, string category, DateTimeOffset? occurredAt) =>
            ((Standing is Interop.Consent.Standing.Referrer || provider == facts.Provider) && Monitoring(provider).Any(c =>
                c.Categories.Contains(category) && (occurredAt is not { } t || (c.From <= t && (c.Until is null || t < c.Until)))))
            || (provider == facts.Provider && Orders.Any(o => o.Categories.Contains(category)
                && !((occurredAt ?? s_now) < o.RecordsFrom) && !((occurredAt ?? s_now) >= o.RecordsUntil)));

        IEnumerable<LawfulGround> Orders => Now(Grounds.CourtOrder).Where(o => o.Discloser == facts.Provider);

        IEnumerable<LawfulGround> Emergencies => Now(Grounds.Emergency);

        IEnumerable<LawfulGround> Now(string ground) => lawful.Where(g => g.Kind == ground && g.Recipient == recipient && g.From <= s_now && s_now < g.Until);

        IEnumerable<ConsentGiven> Referral(string? provider) => _live.Where(c => c.Kind == "referral" && c.Discloser == facts.Referrer
            && (c.MatterId is null || c.MatterId.Value.Value == facts.Matter) && (provider is null || c.Recipients.Contains(provider)));

        IEnumerable<ConsentGiven> Monitoring(string? provider) => _live.Where(c => c.Kind == "justice-monitoring" && c.MatterId?.Value == facts.Matter
            && c.Recipients.Contains(recipient) && (provider is null || c.Discloser == provider));
    }
}

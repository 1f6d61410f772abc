using Interop.Audit;
using Interop.Consent;
using Interop.Directory;
using Interop.Matters;
using Interop.Persons;
using Interop.Platform;
using Interop.Platform.Engines;

namespace Interop.Referrals;

/// <param name="Whole">All that there is of it, where its person is new.</param>
internal sealed record Made(Referral Referral, ReferralRecord? Whole);

/// <summary>A referral that one of several callers asks for.</summary>
internal sealed record Creating(Caller Caller, ReferralRequest Request);

/// <param name="Services">What the provider offers of what was asked for.</param>
internal sealed record Created(Disclosure Disclosure, ReferralRecord Record, IReadOnlyList<CareService> Services);

/// <summary>
/// The unit of work of referrals that are made together: about persons who are new, in matters that are new, so that there is
/// nobody's lock to take. Asked for in one round trip, written and committed in another, the rows of one kind in one statement.
/// Two that name the same person or matter do not go together.
/// </summary>
internal sealed class JointCreation(Work work, Gate gate, ReferralCreation creation) : IJoint<Creating, Created>
{
    public async Task<IReadOnlyList<Answer<Created>?>> DecideAsync(IReadOnlyList<Creating> asked, bool wait, CancellationToken ct) =>
        (await work.RunAsync<List<Answer<Created>?>>(async () =>
        {
            var (persons, matters) = (new HashSet<(string, IdentifierInput)>(), new HashSet<(string, string, string)>());
            var all = asked.Select(a => new Named(a)).ToList();
            await gate.OpenAsync([], ct, also: [.. all.SelectMany(n => n.Selects)]);
            var answers = new List<Answer<Created>?>();
            foreach (var named in all)
                answers.Add(named.IsNew && named.Claim(persons, matters) ? await MakeAsync(named, ct) : null);
            return answers;
        }, ct)).Value!;

    async Task<Answer<Created>?> MakeAsync(Named named, CancellationToken ct)
    {
        var (caller, request) = named.Asked;
        var made = (await creation.MakeAsync(caller, request, [], null, ct)).Value!.Whole!;
        return gate.Disclose(caller, made.Referral.Facts, new(Actions.Create, ReferralCreation.Operation)) is { } disclosure
            ? new Created(disclosure, made, named.Services.Rows)
            : throw new InvalidOperationException("Nobody but its author can see a referral that was just made.");
    }

    sealed class Named(Creating asked)
    {
        readonly IReadOnlyList<Select<PersonIdentifier>> _identifiers = PersonRegister.Named(asked.Caller.Organisation, asked.Request.Person.Identifiers);
        readonly Select<Matter> _matter = MatterRegister.Numbered(asked.Caller.Organisation, asked.Request.Matter.Number, asked.Request.Matter.Jurisdiction);

        public Creating Asked => asked;

        public Select<CareService> Services { get; } = Organisations.Services(asked.Request.ProviderId, asked.Request.Service);

        public IEnumerable<Select> Selects => [.. _identifiers, _matter, Services];

        public bool IsNew => _matter.Rows.Count == 0 && _identifiers.All(i => i.Rows.Count == 0);

        /// <summary>False where another of this unit of work means the same person or matter.</summary>
        public bool Claim(HashSet<(string, IdentifierInput)> persons, HashSet<(string, string, string)> matters)
        {
            var own = asked.Request.Person.Identifiers.Distinct().Select(i => (asked.Caller.Organisation, i)).ToList();
            var matter = (asked.Caller.Organisation, asked.Request.Matter.Number, asked.Request.Matter.Jurisdiction);
            if (own.Any(persons.Contains) || !matters.Add(matter))
                return false;
            persons.UnionWith(own);
            return true;
        }
    }
}

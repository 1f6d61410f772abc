using Interop.Directory;
using Interop.Matters;
using Interop.Persons;
using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.EntityFrameworkCore;

namespace Interop.Consent;

/// <summary>Whether those whom a consent names are there, on the side where its kind has them, and have to do with its matter.</summary>
internal sealed class ConsentParties(Call call, Db db, Organisations organisations, IReferralParties referrals)
{
    /// <param name="matter">null where none was named, or none that the caller may know.</param>
    public async Task<IReadOnlyList<Fault>> FaultsAsync(ConsentRequest request, Id<Person> person, Matter? matter, CancellationToken ct)
    {
        var faults = new List<Fault>();
        if (Kinds.Find(request.Kind) is not { } kind)
            return faults;
        if (request.Discloser is { } discloser && await FindAsync(discloser, "discloser", kind.Discloser) is not null
            && matter is not null && !await HoldsAsync(discloser, kind, person, matter, ct))
            faults.Add(new("discloser", "consent.discloser-holds-nothing"));
        foreach (var (index, recipient) in request.Recipients.Index())
            if (recipient is not null && await FindAsync(recipient, $"recipients[{index}]", kind.Recipient) is { } found
                && matter is not null && kind.Recipient is Side.Justice && !IsOfMatter(found, matter))
                faults.Add(new($"recipients[{index}]", "consent.recipient-no-party"));
        return faults;

        async Task<RememberedOrganisation?> FindAsync(string id, string path, Side side)
        {
            var found = await organisations.RecallAsync(id, ct);
            if (found is null)
                faults.Add(new(path, "organisation.unknown"));
            else if (!side.Has(found.Kind))
                faults.Add(new(path, side switch { Side.Justice => "organisation.not-justice", Side.Care => "organisation.not-care", _ => "organisation.not-research" }));
            else
                return found;
            return null;
        }
    }

    /// <summary>
    /// What passes in a matter, the exchange itself holds: who refers is who opened it; who treats was referred to. Of other kinds the
    /// records lie elsewhere, and nobody here can tell. It is answered from what the caller knows anyhow, itself, its own referrals and
    /// the consents that it is party to: whoever else treats the person looks like who does not (P6).
    /// </summary>
    async Task<bool> HoldsAsync(string discloser, ConsentKind kind, Id<Person> person, Matter matter, CancellationToken ct)
    {
        if (kind.Discloser is Side.Justice)
            return discloser == matter.Organisation;
        if (!kind.NeedsMatter || discloser == call.Caller.Organisation)
            return true;
        if ((await referrals.AskedByAsync(call.Caller.Organisation, person, matter.Id, ct)).Contains(discloser))
            return true;
        var consents = await db.Consents.AsNoTracking().Where(c => c.PersonId == person).ToListAsync(ct);
        return consents.Any(c => c.MatterId == matter.Id && ConsentView.IsParty(call.Caller, c) && (c.Discloser == discloser || c.Recipients.Contains(discloser)));
    }

    /// <summary>The one that opened it, and those of its jurisdiction, as far as the directory says of which they are.</summary>
    static bool IsOfMatter(RememberedOrganisation organisation, Matter matter) =>
        organisation.Id == matter.Organisation || organisation.Jurisdiction is not { } own
        || Within(own, matter.Jurisdiction) || Within(matter.Jurisdiction, own);

    static bool Within(string part, string whole) =>
        part.Equals(whole, StringComparison.OrdinalIgnoreCase) || part.StartsWith($"{whole}-", StringComparison.OrdinalIgnoreCase);
}

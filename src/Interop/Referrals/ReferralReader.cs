using System.Text.Json;
using Interop.Consent;
using Interop.Consent.WithoutConsent;
using Interop.Persons;
using Interop.Platform;
using Interop.Platform.Engines;
using Interop.Platform.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Interop.Referrals;

/// <summary>Reads what views are built from, and builds them from what the gate disclosed.</summary>
internal sealed class ReferralReader(WhenAsked<Db> db, Engine engine, IOptions<ReferralOptions> options) : IReferralSeen, ITreating
{
    public async Task<IReadOnlyList<ReferralRecord>> LoadAsync(IReadOnlyList<Id<Referral>> ids, CancellationToken ct)
    {
        if (ids.Count == 0)
            return [];
        var known = new Select<Referral>("id", [.. ids.Select(i => i.Value)]);
        await engine.SelectAsync(db.Value, [known], ct);
        return await LoadAsync(known.Rows, ct);
    }

    /// <summary>The same where the referrals were read before, perhaps without a lock: as they stand now.</summary>
    public async Task<IReadOnlyList<ReferralRecord>> LoadAsync(IReadOnlyCollection<Referral> known, CancellationToken ct)
    {
        var asked = new ReferralsAsked([.. known.Select(KnownReferral.Of)]);
        await engine.SelectAsync(db.Value, asked.Selects, ct);
        return asked.Found();
    }

    /// <summary>What decides whether a referral is among those looked for, and nothing more.</summary>
    public async Task<IReadOnlyList<(Referral Referral, IEnumerable<ReferralEntry> Entries)>> LoadEntriesAsync(IReadOnlyList<Id<Referral>> ids, CancellationToken ct)
    {
        var referrals = await db.Value.Referrals.AsNoTracking().Where(r => ids.Contains(r.Id)).ToListAsync(ct);
        var entries = (await db.Value.ReferralEntries.AsNoTracking().Where(e => ids.Contains(e.ReferralId)).ToListAsync(ct)).ToLookup(e => e.ReferralId);
        return [.. referrals.Select(r => (r, entries[r.Id]))];
    }

    /// <exception cref="DbUpdateConcurrencyException">It was erased since it was found: begun anew, this unit of work does not find it.</exception>
    public async Task<ReferralRecord> LoadAsync(Id<Referral> id, CancellationToken ct) => await LoadAsync([id], ct) is [var record] ? record : throw new DbUpdateConcurrencyException();

    public ReferralView View(Disclosure disclosure, ReferralRecord record, string noticeLanguage) =>
        ReferralView.Of(disclosure, record, options.Value, noticeLanguage);

    public async Task<IReadOnlyList<string>> ProvidersAsync(Guid person, CancellationToken ct)
    {
        var id = new Id<Person>(person);
        return [.. (await db.Value.Referrals.AsNoTracking().Where(r => r.PersonId == id).ToListAsync(ct)).Where(r => r.Accepted).Select(r => r.Provider).Distinct().Order(StringComparer.Ordinal)];
    }

    public async Task<SeenReferral?> SeenAsync(Disclosure disclosure, Guid referral, long version, bool full, CancellationToken ct)
    {
        if ((await LoadAsync([new Id<Referral>(referral)], ct)) is not [var record])
            return null;
        var seen = Seen.Of(disclosure, record.Entries.Where(e => e.Version <= version)).Version;
        // In full: what a GET would answer now; without content where the recipient has ceased to be a party.
        var party = disclosure.Standing is not Standing.Treating && (disclosure.Standing is not Standing.Provider || record.Referral.Provider == disclosure.Recipient);
        var language = await db.Value.Set<Directory.Organisation>().Where(o => o.Id == disclosure.Recipient).Select(o => o.Language).SingleOrDefaultAsync(ct);
        return new(seen, full && party ? JsonSerializer.SerializeToElement(View(disclosure, record, language ?? "en"), Json.Options) : null);
    }
}

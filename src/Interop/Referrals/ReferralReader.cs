using System.Text.Json;
using Interop.Consent;
using Interop.Consent.WithoutConsent;
using Interop.Matters;
using Interop.Persons;
using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Interop.Referrals;

/// <summary>Reads what views are built from, and builds them from what the gate disclosed.</summary>
internal sealed class ReferralReader(Db db, Work work, IOptions<ReferralOptions> options) : IReferralSeen, ITreating
{
    public async Task<IReadOnlyList<ReferralRecord>> LoadAsync(IReadOnlyList<Id<Referral>> ids, CancellationToken ct)
    {
        if (ids.Count == 0)
            return [];
        var referrals = await db.Referrals.AsNoTracking().Where(r => ids.Contains(r.Id)).ToListAsync(ct);
        var entries = (await db.ReferralEntries.AsNoTracking().Where(e => ids.Contains(e.ReferralId)).ToListAsync(ct)).ToLookup(e => e.ReferralId);
        var appointments = (await db.Appointments.AsNoTracking().Where(a => ids.Contains(a.ReferralId)).ToListAsync(ct)).ToLookup(a => a.ReferralId);
        var timers = (await db.ReferralTimers.AsNoTracking().Where(t => ids.Contains(t.ReferralId)).ToListAsync(ct)).ToLookup(t => t.ReferralId);
        var matterIds = referrals.Select(r => r.MatterId).Distinct().ToList();
        var matters = await db.Matters.AsNoTracking().Where(m => matterIds.Contains(m.Id)).ToDictionaryAsync(m => m.Id, ct);
        var personIds = referrals.Select(r => r.PersonId).Distinct().ToList();
        var persons = await db.Persons.AsNoTracking().Where(p => personIds.Contains(p.Id)).ToDictionaryAsync(p => p.Id, ct);
        var identifiers = (await db.PersonIdentifiers.AsNoTracking().Where(i => personIds.Contains(i.PersonId)).ToListAsync(ct)).ToLookup(i => i.PersonId);
        return [.. referrals.OrderByDescending(r => r.Id.Value).Select(r => new ReferralRecord(
            r, [.. entries[r.Id]], [.. appointments[r.Id]], [.. timers[r.Id]], matters[r.MatterId], persons[r.PersonId], [.. identifiers[r.PersonId]]))];
    }

    /// <summary>What decides whether a referral is among those looked for, and nothing more.</summary>
    public async Task<IReadOnlyList<(Referral Referral, IEnumerable<ReferralEntry> Entries)>> LoadEntriesAsync(IReadOnlyList<Id<Referral>> ids, CancellationToken ct)
    {
        var referrals = await db.Referrals.AsNoTracking().Where(r => ids.Contains(r.Id)).ToListAsync(ct);
        var entries = (await db.ReferralEntries.AsNoTracking().Where(e => ids.Contains(e.ReferralId)).ToListAsync(ct)).ToLookup(e => e.ReferralId);
        return [.. referrals.Select(r => (r, entries[r.Id]))];
    }

    public async Task<ReferralRecord> LoadAsync(Id<Referral> id, CancellationToken ct) => (await LoadAsync([id], ct))[0];

    public ReferralView View(Disclosure disclosure, ReferralRecord record, string noticeLanguage) =>
        ReferralView.Of(disclosure, record, options.Value, noticeLanguage, work.Now);

    public async Task<IReadOnlyList<string>> ProvidersAsync(Guid person, CancellationToken ct)
    {
        var id = new Id<Person>(person);
        return [.. (await db.Referrals.AsNoTracking().Where(r => r.PersonId == id).ToListAsync(ct)).Where(r => r.Accepted).Select(r => r.Provider).Distinct().Order(StringComparer.Ordinal)];
    }

    public async Task<SeenReferral?> SeenAsync(Disclosure disclosure, Guid referral, long version, bool full, CancellationToken ct)
    {
        if ((await LoadAsync([new Id<Referral>(referral)], ct)) is not [var record])
            return null;
        var seen = Seen.Of(disclosure, record.Entries.Where(e => e.Version <= version)).Version;
        // In full: what a GET would answer now; without content where the recipient has ceased to be a party.
        var party = disclosure.Standing is not Standing.Provider || record.Referral.Provider == disclosure.Recipient;
        var language = await db.Set<Directory.Organisation>().Where(o => o.Id == disclosure.Recipient).Select(o => o.Language).SingleOrDefaultAsync(ct);
        return new(seen, full && party ? JsonSerializer.SerializeToElement(View(disclosure, record, language ?? "en"), Json.Options) : null);
    }
}

using System.Globalization;
using System.Text.Json;
using Hl7.Fhir.Model;
using Interop.Audit;
using Interop.Consent;
using Interop.Consent.Packs;
using Interop.Directory;
using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using FhirConsent = Hl7.Fhir.Model.Consent;

namespace Interop.Fhir;

/// <summary>
/// The register of consents as FHIR Consent: given, read in each of its versions, and revoked, by the rules of `/v1/consents`. What was
/// written comes back as it was written to those who act for the person; a recipient sees its scope.
/// </summary>
internal sealed class ConsentDesk(
    Call call, Db db, Work work, ConsentCapture capture, ConsentChange change, ConsentRegister register, Organisations organisations, PackShelf packs, Trail trail, FhirDesk desk, FhirAddress address)
{
    const string CreateOperation = "fhir.create", UpdateOperation = "fhir.update", HistoryOperation = "fhir.history";

    /// <summary>Versions on one page of a history.</summary>
    const int HistoryPage = 50;

    /// <summary>How deep a body may be nested before it is refused unread: deeper than is taken, so that the answer can say why.</summary>
    const int MaxDepth = 4000;

    public Task<IResult> CreateAsync(HttpContext http, CancellationToken ct) => call.ActAsync(
        async body =>
        {
            var (consent, unparsable, invalid) = ConsentDraft.Parse(body, null);
            if (consent is null)
                return unparsable ?? invalid!;
            var zone = (await organisations.RecallAsync(call.Caller.Organisation, ct))?.Zone ?? TimeZoneInfo.Utc;
            var (draft, faults) = ConsentDraft.Of(consent, body, packs, address.Base, work.Now, zone);
            draft.Body.TryAdd("language", call.NoticeLanguage); // R4 leaves it out where it is the sender's own
            if (draft.IsGeneral)
                draft.Body.TryAdd("discloser", call.Caller.Organisation); // who captures it answers for it where it names nobody
            var asked = JsonSerializer.SerializeToElement(draft.Body);
            var captured = draft.IsGeneral
                ? await capture.CaptureGeneralAsync(asked, CreateOperation, draft.Json, ct)
                : await capture.CaptureAsync(asked, CreateOperation, draft.Json, ct);
            if (faults.Count > 0 || captured.Refusal is { Status: 422 })
                return Refusal.Invalid([.. faults, .. (captured.Refusal?.Faults ?? []).Select(draft.AtItsPlace)]);
            return captured.Refusal is { } refusal
                ? refusal with { Faults = [.. refusal.Faults.Select(draft.AtItsPlace)] }
                : new Done(201, captured.Value!.Id.ToString(), $"{address.Base}/Consent/{captured.Value.Id}/_history/1");
        },
        done => ShowAsync(new(Guid.Parse(done.Subject)), ct),
        (done, shown) => Minimal(http, shown with { Status = done.Status, Location = done.Location }),
        ct, maxDepth: MaxDepth);

    public async Task<IResult> UpdateAsync(Id<ConsentGiven> id, HttpContext http, CancellationToken ct)
    {
        var (body, _, unreadable) = await call.ReadBodyAsync(ct, MaxDepth);
        if (unreadable is not null)
            return unreadable.ToResult();
        if (http.Request.Headers.IfMatch.ToString() is { Length: > 0 } tag && !TaskUpdate.IsEntityTags(tag))
            return Refusal.Unparsable(new Fault("If-Match", "fhir.etag")).ToResult();
        var (asked, unparsable, invalid) = ConsentDraft.Parse(body, (string)http.GetRouteValue("id")!);
        if (unparsable is not null)
            return unparsable.ToResult();
        return await desk.AnswerAsync(async () =>
        {
            FhirConsent shown = null!;
            var refused = await change.ChangeAsync(
                id, UpdateOperation, versionRequired: true,
                async consent =>
                {
                    if (asked is null)
                        return invalid;
                    shown = await ResourceAsync(consent, ct);
                    var faults = ConsentUpdate.Faults(asked, shown).ToList();
                    return faults.Count > 0 ? Refusal.Invalid(faults) : null;
                },
                consent => ApplyAsync(consent, shown, asked!, body.GetRawText(), ct), ct);
            if (refused is not null)
                return refused;
            await work.SaveAsync(ct); // the answer reads what was done
            var answer = await ShowAsync(id, ct);
            return answer.Value is { } done ? Minimal(http, done) : answer;
        }, ct);
    }

    /// <summary>The status asks to revoke; whatever else whoever acts for the person wrote beside what it states is kept.</summary>
    async Task<Refusal?> ApplyAsync(ConsentGiven consent, FhirConsent shown, FhirConsent asked, string json, CancellationToken ct)
    {
        var (status, was) = (ConsentUpdate.StatusOf(asked), ConsentUpdate.StatusOf(shown));
        // What a recipient writes beside it is not kept: the text is not theirs.
        var whole = ConsentView.For(call.Caller, consent, work.Now)!.Signature is not null;
        var rewritten = whole && !ConsentUpdate.IsSame(asked, shown);
        var written = new AsWritten(json, consent.Written?.Zone ?? TimeZoneInfo.Utc.Id);
        if (status == was)
        {
            if (rewritten)
                register.Rewrite(consent, written);
            return null;
        }
        if (consent.EndedAt is not null)
            return Refusal.Conflict("Consent.status", "consent.already-ended");
        if (rewritten || (whole && status == ConsentUpdate.EnteredInError))
            consent.Written = written; // in the version that ends it
        return await change.RevokeAsync(consent, ConsentMap.ReasonIn(asked), ct) is { } refusal ? AtStatus(refusal) : null;
    }

    static Refusal AtStatus(Refusal refusal) => refusal with { Faults = [.. refusal.Faults.Select(f => f with { Path = "Consent.status" })] };

    public Task<IResult> ReadAsync(Id<ConsentGiven> id, CancellationToken ct) => desk.AnswerAsync(async () =>
    {
        var found = await FindAsync(id, ct);
        if (found.Refusal is { } refusal)
            return refusal;
        Record(found.Value!, FhirDesk.ReadOperation);
        return FhirShown.Of(await ResourceAsync(found.Value!, ct));
    }, ct);

    /// <summary>One version, as it was. A version that is not there is answered like a consent that is not.</summary>
    public Task<IResult> ReadVersionAsync(Id<ConsentGiven> id, int version, CancellationToken ct) => desk.AnswerAsync(async () =>
    {
        var found = await FindAsync(id, ct);
        if (found.Refusal is { } refusal)
            return refusal;
        if (await VersionsAsync(id, v => v.Version == version, 1, ct) is not [var only])
            return Refusal.NotFound;
        Record(found.Value!, FhirDesk.ReadOperation);
        return FhirShown.Of(only);
    }, ct);

    public Task<IResult> HistoryAsync(Id<ConsentGiven> id, HttpContext http, CancellationToken ct)
    {
        var query = http.Request.Query;
        var (count, before) = (HistoryPage, int.MaxValue);
        if (query["_count"] is [{ } most, ..] && (!int.TryParse(most, NumberStyles.None, CultureInfo.InvariantCulture, out count) || count == 0))
            return System.Threading.Tasks.Task.FromResult(Refusal.BadQuery(new Fault("_count", "number.range", 1, HistoryPage)).ToResult());
        if (query["_cursor"] is [{ } cursor, ..] && !int.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out before))
            return System.Threading.Tasks.Task.FromResult(Refusal.BadQuery(new Fault("_cursor", "cursor.bad")).ToResult());
        count = Math.Min(count, HistoryPage);
        return desk.AnswerAsync(async () =>
        {
            var found = await FindAsync(id, ct);
            if (found.Refusal is { } refusal)
                return refusal;
            Record(found.Value!, HistoryOperation);
            return FhirShown.Of(ConsentHistory.Of(await VersionsAsync(id, v => v.Version < before, count + 1, ct), count, $"{address.Base}/Consent/{id}", await db.ConsentVersions.CountAsync(v => v.ConsentId == id, ct), query["_cursor"]));
        }, ct);
    }

    public Task<IResult> SearchAsync(HttpContext http, CancellationToken ct) =>
        desk.SearchAsync(http, FhirTypes.Consent, async (search, query, limit) =>
        {
            var asked = new ConsentSearch(search);
            if (search.Refusal is { } refusal)
                return refusal;
            var (shown, more, total) = await PageAsync(asked, search, limit, ct);
            query.Details!["shown"] = shown.Count;
            trail.Write(call.Caller, query);
            foreach (var (consent, _) in shown)
                Record(consent, FhirDesk.SearchOperation);
            return desk.Page(search, FhirTypes.Consent, shown.Select(s => s.Resource), more ? Query.WriteCursor(shown[^1].Consent.Id.Value) : null, total);
        }, ct);

    /// <summary>Newest first. What the caller is no party to is neither shown nor counted.</summary>
    async Task<(IReadOnlyList<(ConsentGiven Consent, FhirConsent Resource)> Shown, bool More, int? Total)> PageAsync(ConsentSearch asked, SearchRequest search, int limit, CancellationToken ct)
    {
        const int Chunk = 200, CountedAtMost = 1000;
        var (shown, more, total) = (new List<(ConsentGiven, FhirConsent)>(), false, 0);
        for (Guid? last = search.Counting == Referrals.Counting.None ? search.After : null; ;)
        {
            var rows = await asked.Narrow(Own(last)).OrderByDescending(c => c.Id).Take(Chunk).ToListAsync(ct);
            foreach (var (consent, resource) in await ResourcesAsync(rows, ct))
            {
                if (!asked.Matches(resource))
                    continue;
                total++;
                if (search.After is { } after && string.CompareOrdinal(consent.Id.Value.ToString("N"), after.ToString("N")) >= 0)
                    continue;
                more |= shown.Count == limit && limit > 0;
                if (shown.Count < limit)
                    shown.Add((consent, resource));
            }
            var counted = search.Counting == Referrals.Counting.None || (search.Counting == Referrals.Counting.Bounded && total > CountedAtMost);
            if (rows.Count < Chunk || (counted && (more || limit == 0)))
                return (shown, more, counted ? null : total);
            last = rows[^1].Id.Value;
        }
    }

    IQueryable<ConsentGiven> Own(Guid? after)
    {
        var (own, named) = (call.Caller.Organisation, $"%\"{call.Caller.Organisation}\"%");
        return (after is { } id
            ? db.Consents.FromSql($"select * from consents where (captured_by = {own} or discloser = {own} or recipients like {named}) and id < {id}")
            : db.Consents.FromSql($"select * from consents where (captured_by = {own} or discloser = {own} or recipients like {named})")).AsNoTracking();
    }

    async Task<Answer<FhirShown>> ShowAsync(Id<ConsentGiven> id, CancellationToken ct)
    {
        var found = await FindAsync(id, ct);
        return found.Refusal is { } refusal ? refusal : FhirShown.Of(await ResourceAsync(found.Value!, ct));
    }

    /// <summary>A consent that the caller is party to.</summary>
    async Task<Answer<ConsentGiven>> FindAsync(Id<ConsentGiven> id, CancellationToken ct)
    {
        if (await db.Consents.AsNoTracking().SingleOrDefaultAsync(c => c.Id == id, ct) is not { } consent)
            return Refusal.NotFound;
        return ConsentView.IsParty(call.Caller, consent) ? consent : Refusal.NotFound.Of(consent.PersonId.Value, "Consent", id.Value);
    }

    /// <exception cref="DbUpdateConcurrencyException">It was erased meanwhile.</exception>
    async Task<FhirConsent> ResourceAsync(ConsentGiven consent, CancellationToken ct) =>
        await ResourcesAsync([consent], ct) is [var (_, resource)] ? resource : throw new DbUpdateConcurrencyException();

    async Task<IReadOnlyList<(ConsentGiven Consent, FhirConsent Resource)>> ResourcesAsync(IReadOnlyList<ConsentGiven> consents, CancellationToken ct)
    {
        var ids = consents.Select(c => c.Id).ToList();
        var times = (await db.ConsentVersions.AsNoTracking().Where(v => ids.Contains(v.ConsentId)).Select(v => new { v.ConsentId, v.Version, v.RecordedAt }).ToListAsync(ct))
            .ToLookup(v => v.ConsentId);
        return [.. from consent in consents
                   let view = ConsentView.For(call.Caller, consent, work.Now)
                   let version = times[consent.Id].FirstOrDefault(v => v.Version == consent.Version)
                   where view is not null && version is not null // null: erased meanwhile
                   select (consent, ConsentMap.Of(consent, view, version.RecordedAt))];
    }

    /// <summary>Newest first.</summary>
    async Task<IReadOnlyList<FhirConsent>> VersionsAsync(Id<ConsentGiven> id, System.Linq.Expressions.Expression<Func<ConsentVersion, bool>> which, int count, CancellationToken ct)
    {
        var versions = await db.ConsentVersions.AsNoTracking().Where(v => v.ConsentId == id).Where(which).OrderByDescending(v => v.Version).Take(count).ToListAsync(ct);
        return versions.ConvertAll(v =>
        {
            var then = JsonSerializer.Deserialize<ConsentGiven>(v.Snapshot, Platform.Http.Json.Options)!;
            return ConsentMap.Of(then, ConsentView.For(call.Caller, then, work.Now)!, v.RecordedAt);
        });
    }

    void Record(ConsentGiven consent, string operation) =>
        trail.Write(call.Caller, new(Actions.Read, operation) { Person = consent.PersonId.Value, ResourceType = "Consent", ResourceId = consent.Id.ToString() });

    static FhirShown Minimal(HttpContext http, FhirShown shown) =>
        http.Request.Headers["Prefer"].ToString().Contains("return=minimal", StringComparison.OrdinalIgnoreCase) ? shown with { Body = default } : shown;
}

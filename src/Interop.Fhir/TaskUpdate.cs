using System.Text.RegularExpressions;
using Hl7.Fhir.Model;
using Interop.Consent;
using Interop.Platform;
using Interop.Platform.Http;
using Interop.Referrals;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Task = System.Threading.Tasks.Task;

namespace Interop.Fhir;

/// <summary>
/// An owner's update of its Task. The status asks for a move, which goes by the same rules as over REST; the resource is kept as
/// written in the same unit of work (P1).
/// </summary>
internal sealed partial class TaskUpdate(Call call, Gate gate, ReferralActor actor, ReferralReader reader, WrittenBook written, FhirDesk desk, FhirAddress address)
{
    const string Operation = "fhir.update";

    public async Task<IResult> UpdateAsync(Id<Referral> id, HttpContext http, CancellationToken ct)
    {
        var (body, bytes, unreadable) = await call.ReadBodyAsync(ct);
        if (unreadable is not null)
            return unreadable.ToResult();
        if (http.Request.Headers.IfMatch.ToString() is { Length: > 0 } tag && !IsEntityTags(tag))
            return Refusal.Unparsable(new Fault("If-Match", "fhir.etag")).ToResult();
        var (request, unparsable, invalid) = TaskRequest.Read(body, bytes, (string)http.GetRouteValue("id")!);
        if (unparsable is not null)
            return unparsable.ToResult();
        var minimal = http.Request.Headers["Prefer"].ToString().Contains("return=minimal", StringComparison.OrdinalIgnoreCase);
        return await desk.AnswerAsync(() => OnceAsync(id, request, invalid, minimal, ct), ct);
    }

    async Task<Answer<FhirShown>> OnceAsync(Id<Referral> id, TaskRequest? asked, Refusal? invalid, bool minimal, CancellationToken ct)
    {
        var confirmed = false;
        Move? move = null;
        FhirTask? shown = null;
        var newer = false;
        var act = new Act<TaskRequest>(Operation, _ => asked!, (_, _) => Task.CompletedTask, seen =>
        {
            if (asked!.Status == StatusMap.TaskStatus(seen) && (seen.Status != Statuses.Cancelled || confirmed))
                return null; // as it stands: nothing moves
            move = StatusMap.MoveTo(asked.Status, seen.Status);
            return move is not null && move.From.Contains(seen.Status) && (move != Moves.Receive || !StatusMap.IsReceived(seen))
                ? null
                : Refusal.Conflict("Task.status", "referral.state", seen.Status, asked.Status);
        })
        {
            Exclusive = asked?.Status is StatusMap.Completed or StatusMap.Failed, // as a discharge: it ends consents
            Check = async (referral, request) =>
            {
                var record = await reader.LoadAsync(id, ct);
                var disclosure = gate.Decide(call.Caller.Organisation, call.Caller.Kind, referral.Facts, acting: true)!;
                (shown, confirmed) = (await desk.TaskAsync(disclosure, record, ct), referral.CancellationConfirmed);
                if (request.Changes(shown, address.Base).ToList() is { Count: > 0 } changes)
                    return Refusal.Invalid(changes);
                var asWritten = TaskMap.Fill(await desk.SourceAsync(disclosure, record, ct), (FhirTask)request.Task.DeepCopy(), referral.Version);
                newer = !FhirJson.Write(asWritten).Span.SequenceEqual(FhirJson.Write(shown).Span);
                return null;
            },
        };
        var done = await actor.ActOnceAsync(id, asked!, invalid, act, async (referral, request) =>
        {
            if (move is not null)
                await actor.MoveAsync(referral, move, new() { Reason = ReasonOf(request, shown!), Discharge = request.Discharge }, ct);
            else if (newer)
                await actor.MoveAsync(referral, Moves.Annotate, new(), ct);
            if (move is not null || newer)
                await written.KeepAsync(new()
                {
                    Type = FhirTypes.Task.Name,
                    Id = id.Value,
                    Organisation = call.Caller.Organisation,
                    PersonId = referral.PersonId.Value,
                    Version = referral.Version,
                    Json = request.Json,
                    WrittenAt = default,
                }, request.Identifiers, ct);
            await actor.SaveAsync(ct); // the answer reads what was done
            return new Done(200, id.ToString());
        }, versionRequired: true, ct);
        if (done.Refusal is { } refusal)
            return refusal;
        return await actor.ShowAsync(id, Operation, async (disclosure, record) =>
        {
            var answer = FhirShown.Of(await desk.TaskAsync(disclosure, record, ct));
            return answer with { Location = $"{address.Base}/Task/{id}", Body = minimal ? default : answer.Body };
        }, ct);
    }

    /// <summary>A reason that was shown before, left standing, is not the reason of what it was not asked for.</summary>
    static string? ReasonOf(TaskRequest request, FhirTask shown) =>
        StatusMap.NeedsReason(request.Status) || request.Reason != TaskMap.ReasonText(shown.StatusReason) ? request.Reason : null;

    /// <summary>Whether it is what If-Match takes.</summary>
    public static bool IsEntityTags(string header) => EntityTags().IsMatch(header);

    [GeneratedRegex("""^\s*(\*|(W/)?"[!#-~]*"(\s*,\s*(W/)?"[!#-~]*")*)\s*\z""", RegexOptions.CultureInvariant)]
    private static partial Regex EntityTags();
}

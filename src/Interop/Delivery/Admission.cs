using System.Text.Json;
using System.Text.Json.Nodes;
using Interop.Audit;
using Interop.Consent;
using Interop.Contracts;
using Interop.Platform;
using Interop.Platform.Engines;
using Interop.Platform.Events;
using Microsoft.Extensions.Configuration;

namespace Interop.Delivery;

/// <summary>An event that one organisation may be told of now.</summary>
/// <param name="Disclosure">What the gate decided; null where the event tells of no referral and its audience is all there is to decide.</param>
internal sealed record Admitted(RecordedEvent Event, Disclosure? Disclosure, EventFacts? Facts);

/// <summary>
/// Every way in which an event reaches an organisation — webhook, poll, list of deliveries — comes through here to the gate, inside
/// the unit of work whose commit the bytes wait for (P2).
/// </summary>
internal sealed class Admission(Gate gate, Trail trail, IReferralSeen referrals, IConfiguration configuration)
{
    /// <summary>Takes the locks of all whom these events tell of, and reads the clock. Before any other row (P3).</summary>
    /// <param name="also">Read once they are held.</param>
    public Task OpenAsync(IEnumerable<RecordedEvent> events, CancellationToken ct, IReadOnlyList<Select>? also = null) =>
        gate.OpenAsync(events.SelectMany(PersonsOf).Distinct(), ct, also: also);

    /// <summary>The same for everything that tells of one person.</summary>
    public Task OpenAsync(Guid person, CancellationToken ct) => gate.OpenAsync([person], ct);

    /// <summary>Whether this organisation may be told of the event now; null is "no", whatever the reason.</summary>
    public Admitted? Decide(string organisation, OrganisationKind kind, RecordedEvent e)
    {
        if (e.IsErased)
            return null;
        if (e.Facts is null)
            return new(e, null, null); // consents, matters, subscriptions: told to whom they name, whatever else those may be told
        var facts = Gate.Read(e.Facts);
        return gate.Decide(organisation, kind, facts) is { } disclosure ? new(e, disclosure, facts) : null;
    }

    /// <summary>The audit entry, in the same transaction.</summary>
    public void Record(Caller recipient, Admitted admitted, string action, string operation, JsonObject details)
    {
        var record = new Record(action, operation) { Details = details };
        if (admitted.Disclosure is { } disclosure)
            gate.Record(recipient, disclosure, admitted.Facts!, record);
        else
            trail.Write(recipient, About(admitted.Event, record));
    }

    /// <summary>That it was not told, or did not arrive.</summary>
    public void RecordRefusal(Caller recipient, RecordedEvent e, string outcome, string operation, JsonObject details)
    {
        if (outcome == Outcomes.Denied && e.PersonId is { } person)
            details["pack"] = gate.PacksOf(person);
        trail.Write(recipient, About(e, new(Actions.Deliver, operation, outcome) { Details = details }));
    }

    /// <summary>
    /// The event as this organisation may see it; null where it turns out to see nothing of the referral. The version of a
    /// referral is the one that the recipient sees: the real one would count changes that it may not know of.
    /// </summary>
    public async Task<CloudEvent?> ViewAsync(Admitted admitted, bool full, CancellationToken ct)
    {
        var e = admitted.Event;
        var data = JsonNode.Parse(e.Data)!.AsObject();
        var version = data["version"]?.GetValue<long>();
        var view = full && admitted.Facts is { Content.Kind: not ContentKind.Notice }; // that something was wrong, and no value
        if (admitted.Disclosure is { } disclosure && (view || version is not null))
        {
            if (await referrals.SeenAsync(disclosure, admitted.Facts!.Referral.Referral, version ?? long.MaxValue, view, ct) is not { } seen)
                return null;
            if (version is not null)
                data["version"] = seen.Version;
            if (seen.View is { } json)
                data["view"] = JsonNode.Parse(json.GetRawText());
        }
        return new()
        {
            Id = e.Id.ToString("D"),
            Source = Source,
            Type = e.Type,
            Subject = e.Type == EventTypes.Test ? null : e.Subject,
            Time = e.At,
            TraceParent = e.TraceParent,
            Data = JsonSerializer.SerializeToElement(data),
        };
    }

    string Source => configuration["Identity:Issuer"] is { Length: > 0 } issuer ? issuer
        : configuration["urls"] is { Length: > 0 } urls ? urls.Split(';')[0].TrimEnd('/') : "http://localhost:8080";

    static IEnumerable<Guid> PersonsOf(RecordedEvent e)
    {
        if (e.PersonId is { } person)
            yield return person;
        if (e.Facts is { } facts)
            yield return Gate.Read(facts).Referral.Person;
    }

    static Record About(RecordedEvent e, Record record)
    {
        var facts = e.Facts is { } text ? Gate.Read(text) : null;
        var subject = e.Subject.Split('/', 2); // collection and id
        return record with
        {
            Person = e.PersonId ?? facts?.Referral.Person,
            ResourceType = facts is null ? ResourceOf(subject[0]) : facts.ResourceType ?? "Referral",
            ResourceId = facts is null ? (ResourceOf(subject[0]) is null ? null : subject[1]) : (facts.ResourceId ?? facts.Referral.Referral).ToString("D"),
        };
    }

    static string? ResourceOf(string collection) => collection switch
    {
        "consents" => "Consent",
        "matters" => "Matter",
        "emergency-access" => "EmergencyAccess",
        "court-orders" => "CourtOrder",
        "subscriptions" => "Subscription",
        "disclosure-requests" => "DisclosureRequest",
        "persons" => "Person",
        _ => null,
    };
}

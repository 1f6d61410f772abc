using System.Text.Json;
using System.Text.Json.Serialization;

namespace Interop.Contracts;

/// <summary>
/// The <c>data</c> of an event: ids and a link, nothing about a person beyond the exchange's own ids. What happened
/// is the event's <c>type</c>; the details are read at the link, where consent is asked again.
/// <para>In all of them <c>link</c> is a URI reference (RFC 3986), resolved against the event's <c>source</c>.</para>
/// </summary>
public abstract record EventData
{
    private protected EventData() { }

    /// <summary>What the CloudEvents attribute <c>subject</c> says for this data: collection and id, or nothing.</summary>
    internal abstract string? Subject { get; }

    /// <summary>The data as it travels: camelCase, members in the order of the record.</summary>
    public JsonElement ToJson() => this switch
    {
        ReferralEventData it => JsonSerializer.SerializeToElement(it, ContractsJson.Default.ReferralEventData),
        ComplianceEventData it => JsonSerializer.SerializeToElement(it, ContractsJson.Default.ComplianceEventData),
        ConsentEventData it => JsonSerializer.SerializeToElement(it, ContractsJson.Default.ConsentEventData),
        EmergencyAccessEventData it => JsonSerializer.SerializeToElement(it, ContractsJson.Default.EmergencyAccessEventData),
        CourtOrderEventData it => JsonSerializer.SerializeToElement(it, ContractsJson.Default.CourtOrderEventData),
        AccountingEventData it => JsonSerializer.SerializeToElement(it, ContractsJson.Default.AccountingEventData),
        PersonErasedEventData it => JsonSerializer.SerializeToElement(it, ContractsJson.Default.PersonErasedEventData),
        MatterEventData it => JsonSerializer.SerializeToElement(it, ContractsJson.Default.MatterEventData),
        SubscriptionEventData it => JsonSerializer.SerializeToElement(it, ContractsJson.Default.SubscriptionEventData),
        TestEventData it => JsonSerializer.SerializeToElement(it, ContractsJson.Default.TestEventData),
        _ => throw new InvalidOperationException($"{GetType().Name} has no JSON form."),
    };

    /// <summary>
    /// The typed data of an event of <see cref="EventTypes"/>; null when the type is none of them.
    /// Members that the record does not have are ignored.
    /// </summary>
    /// <exception cref="FormatException">The type is known and the data is absent or lacks what the type promises.</exception>
    public static EventData? Of(CloudEvent message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (KindOf(message.Type) is not { } kind) return null;
        if (message.Data is not { ValueKind: JsonValueKind.Object } data)
            throw new FormatException($"data: an event of type {message.Type} carries an object.");
        try
        {
            return (EventData?)data.Deserialize(kind, ContractsJson.Default);
        }
        catch (JsonException fault)
        {
            throw new FormatException($"data: not what {message.Type} promises. {fault.Message}", fault);
        }
    }

    /// <summary>The record that belongs to an event type, null for a type that is not ours.</summary>
    internal static Type? KindOf(string type) => !EventTypes.All.Contains(type) ? null : type.Split('.')[2] switch
    {
        "referral" => typeof(ReferralEventData),
        "compliance" => typeof(ComplianceEventData),
        "consent" => typeof(ConsentEventData),
        "emergency-access" => typeof(EmergencyAccessEventData),
        "court-order" => typeof(CourtOrderEventData),
        "accounting" => typeof(AccountingEventData),
        "person" => typeof(PersonErasedEventData),
        "matter" => typeof(MatterEventData),
        "subscription" => typeof(SubscriptionEventData),
        _ => typeof(TestEventData),
    };
}

/// <summary>Data of every <c>org.interop.referral.*</c> event.</summary>
/// <param name="ReferralId">The referral.</param>
/// <param name="Version">Its version after the event, from 1. Events of one referral are ordered by it.</param>
/// <param name="Link">Where the recipient reads its view of the referral.</param>
public sealed record ReferralEventData(Guid ReferralId, long Version, string Link) : EventData
{
    internal override string Subject => $"referrals/{ReferralId}";
}

/// <summary>Data of <see cref="EventTypes.ComplianceReported"/>.</summary>
/// <param name="ReferralId">The referral reported on.</param>
/// <param name="UpdateId">The update; a correction or retraction carries the id of the update it concerns.</param>
/// <param name="Change">What happened to the update.</param>
/// <param name="Link">Where the recipient reads it.</param>
public sealed record ComplianceEventData(Guid ReferralId, Guid UpdateId, ComplianceChange Change, string Link) : EventData
{
    internal override string Subject => $"referrals/{ReferralId}";
}

/// <summary>What happened to a compliance update: <c>reported</c>, <c>corrected</c> or <c>retracted</c>.</summary>
[JsonConverter(typeof(LowerCaseNames))]
public enum ComplianceChange
{
    /// <summary>It is new.</summary>
    Reported,

    /// <summary>Its content was wrong and has been replaced; whoever was told is told again.</summary>
    Corrected,

    /// <summary>It was entered in error; whoever was told is told again.</summary>
    Retracted,
}

/// <summary>Data of every <c>org.interop.consent.*</c> event.</summary>
/// <param name="ConsentId">The consent.</param>
/// <param name="PersonId">The exchange's own id of the person (FHIR Patient.id), known to the consent's parties.</param>
/// <param name="Version">The consent's version after the event, from 1.</param>
/// <param name="Link">Where the consent is read.</param>
public sealed record ConsentEventData(Guid ConsentId, Guid PersonId, long Version, string Link) : EventData
{
    internal override string Subject => $"consents/{ConsentId}";
}

/// <summary>Data of every <c>org.interop.emergency-access.*</c> event.</summary>
/// <param name="AccessId">The emergency access.</param>
/// <param name="Link">Where it is read.</param>
public sealed record EmergencyAccessEventData(Guid AccessId, string Link) : EventData
{
    internal override string Subject => $"emergency-access/{AccessId}";
}

/// <summary>Data of every <c>org.interop.court-order.*</c> event.</summary>
/// <param name="OrderId">The court order.</param>
/// <param name="Link">Where it is read.</param>
public sealed record CourtOrderEventData(Guid OrderId, string Link) : EventData
{
    internal override string Subject => $"court-orders/{OrderId}";
}

/// <summary>Data of <see cref="EventTypes.AccountingOverdue"/>.</summary>
/// <param name="RequestId">The request for an accounting of disclosures that was not answered in time.</param>
/// <param name="PersonId">The exchange's own id of the person who asked, known to the organisation that registered the request.</param>
/// <param name="Link">Where the request is read.</param>
public sealed record AccountingEventData(Guid RequestId, Guid PersonId, string Link) : EventData
{
    internal override string Subject => $"disclosure-requests/{RequestId}";
}

/// <summary>Data of <see cref="EventTypes.PersonErased"/>. There is nothing left to read, and so no link.</summary>
/// <param name="PersonId">The exchange's own id of the person, by which the recipient knows them.</param>
public sealed record PersonErasedEventData(Guid PersonId) : EventData
{
    internal override string Subject => $"persons/{PersonId}";
}

/// <summary>Data of every <c>org.interop.matter.*</c> event.</summary>
/// <param name="MatterId">The exchange's id of the matter (a matter's number is its court's and does not travel here).</param>
/// <param name="Link">Where the matter is read.</param>
public sealed record MatterEventData(Guid MatterId, string Link) : EventData
{
    internal override string Subject => $"matters/{MatterId}";
}

/// <summary>Data of <see cref="EventTypes.SubscriptionSuspended"/>.</summary>
/// <param name="SubscriptionId">The subscription that was given up on; nothing is lost, it is resumed where it stopped.</param>
/// <param name="Link">Where its status is read.</param>
public sealed record SubscriptionEventData(Guid SubscriptionId, string Link) : EventData
{
    internal override string Subject => $"subscriptions/{SubscriptionId}";
}

/// <summary>Data of <see cref="EventTypes.Test"/>.</summary>
/// <param name="Message">A sentence for the person who looks at the receiving end.</param>
public sealed record TestEventData(string Message) : EventData
{
    internal override string? Subject => null;
}

internal sealed class LowerCaseNames()
    : JsonStringEnumConverter<ComplianceChange>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false);

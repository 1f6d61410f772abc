using Hl7.Fhir.Model;

namespace Interop.Fhir;

/// <summary>What the justice organisation asks for, as FHIR ServiceRequest.</summary>
internal static class ServiceRequestMap
{
    public static ServiceRequest Of(ReferralSource source)
    {
        var view = source.View;
        var id = view.Id.ToString();
        return new()
        {
            Id = id,
            Meta = source.MetaOf(null),
            Identifier = [new(Systems.Referral, id)],
            Requisition = view.Matter is { } matter ? new(Systems.Matter, matter.Number) { Assigner = source.Organisation(view.ReferrerId) } : null,
            StatusElement = new() { JsonValue = StatusMap.RequestStatus(view.Status) },
            Intent = RequestIntent.Order,
            Category = view.Service is { } kind ? [new(Systems.ServiceCategory, kind == "social-support" ? kind : "treatment")] : [],
            Code = view.Service is { } service ? new(Systems.Service, service) : null,
            OrderDetail = [.. (view.Needs ?? []).Select(n => new CodeableConcept(Systems.Need, n))],
            Subject = source.Patient,
            AuthoredOnElement = TaskMap.At(view.CreatedAt),
            Requester = source.Organisation(view.ReferrerId),
            Performer = [source.Organisation(view.ProviderId)],
            ReasonCode = view.Intercept is { } intercept ? [ReasonOf(intercept, view.SequentialIntercept)] : [],
            Note = view.Note is { } note ? [new() { Text = note, Time = null }] : [],
        };
    }

    /// <summary>The intercept in both vocabularies.</summary>
    static CodeableConcept ReasonOf(string intercept, int? sequential) => new()
    {
        Coding = sequential is { } number
            ? [new(Systems.Intercept, intercept), new(Systems.SequentialIntercept, number.ToString(System.Globalization.CultureInfo.InvariantCulture))]
            : [new(Systems.Intercept, intercept)],
    };
}

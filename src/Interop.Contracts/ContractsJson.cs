using System.Text.Json.Serialization;

namespace Interop.Contracts;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(CloudEvent))]
[JsonSerializable(typeof(ReferralEventData))]
[JsonSerializable(typeof(ComplianceEventData))]
[JsonSerializable(typeof(ConsentEventData))]
[JsonSerializable(typeof(EmergencyAccessEventData))]
[JsonSerializable(typeof(CourtOrderEventData))]
[JsonSerializable(typeof(AccountingEventData))]
[JsonSerializable(typeof(PersonErasedEventData))]
[JsonSerializable(typeof(MatterEventData))]
[JsonSerializable(typeof(SubscriptionEventData))]
[JsonSerializable(typeof(TestEventData))]
internal sealed partial class ContractsJson : JsonSerializerContext;

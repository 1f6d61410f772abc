using Interop.Contracts;

namespace Interop.Tests.Contracts;

/// <summary>One example of each event type, as typed data. The files in contracts/events say the same in JSON.</summary>
internal static class EventExamples
{
    private static readonly Guid Referral = Guid.Parse("0195e2a4-7c00-7a10-8b20-5d2f4c6e8a01");
    private static readonly Guid Update = Guid.Parse("0195f0d1-3e80-7c44-9a51-0b7d1e2f3a02");
    private static readonly Guid Consent = Guid.Parse("0195e2a3-1a40-7b32-8c75-6e8f9a0b1c03");
    private static readonly Guid Person = Guid.Parse("0195e2a2-9d10-7d58-b196-2a3b4c5d6e04");
    private static readonly Guid Matter = Guid.Parse("0195e2a2-9d11-7e6c-a2b7-3c4d5e6f7a05");
    private static readonly Guid Request = Guid.Parse("0195e2b0-4c10-7a55-9d60-1f2e3d4c5b07");
    private static readonly Guid Access = Guid.Parse("0195f0c7-2a30-7b11-8e42-5a6b7c8d9e08");
    private static readonly Guid Order = Guid.Parse("0195e9d4-6b50-7c22-9f53-6b7c8d9eaf09");
    private static readonly Guid Subscription = Guid.Parse("0195d0c0-5f20-7f01-8d3e-4e5f6a7b8c06");

    internal static IReadOnlyDictionary<string, CloudEvent> All { get; } =
        EventTypes.All.Select(Example).ToDictionary(it => it.Type);

    private static CloudEvent Example(string type, int index) => CloudEvent.For(
        type,
        Data(type, index + 1),
        id: Guid.Parse($"0195f0d2-0000-7000-8000-0000000000{index + 1:x2}"),
        source: "https://interop.example",
        time: new DateTimeOffset(2026, 3, 2, 9, 30, 0, TimeSpan.FromHours(-5)).AddHours(index).AddMilliseconds(250),
        traceParent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");

    private static EventData Data(string type, int version) => type.Split('.')[2] switch
    {
        "referral" => new ReferralEventData(Referral, version, $"/v1/referrals/{Referral}"),
        "compliance" => new ComplianceEventData(
            Referral, Update, ComplianceChange.Reported, $"/v1/referrals/{Referral}/compliance-updates"),
        "consent" => new ConsentEventData(Consent, Person, version, $"/v1/consents/{Consent}"),
        "emergency-access" => new EmergencyAccessEventData(Access, $"/v1/emergency-access/{Access}"),
        "court-order" => new CourtOrderEventData(Order, $"/v1/court-orders/{Order}"),
        "accounting" => new AccountingEventData(Request, Person, $"/v1/persons/{Person}/disclosure-requests/{Request}"),
        "person" => new PersonErasedEventData(Person),
        "matter" => new MatterEventData(Matter, $"/v1/matters/{Matter}"),
        "subscription" => new SubscriptionEventData(Subscription, $"/v1/subscriptions/{Subscription}"),
        "test" => new TestEventData("This is a test. If you can read it, your endpoint works."),
        _ => throw new InvalidOperationException($"No example for {type}."),
    };
}

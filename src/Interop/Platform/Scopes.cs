namespace Interop.Platform;

/// <summary>The scopes of the exchange, and which kind of organisation can hold which (DESIGN.md section 5).</summary>
internal static class Scopes
{
    public const string ReferralsRead = "referrals:read";
    public const string ReferralsWrite = "referrals:write";
    public const string ComplianceRead = "compliance:read";
    public const string ComplianceWrite = "compliance:write";
    public const string ConsentsRead = "consents:read";
    public const string ConsentsWrite = "consents:write";
    public const string ConsentsEvaluate = "consents:evaluate";
    public const string SubscriptionsWrite = "subscriptions:write";
    public const string EventsRead = "events:read";
    public const string DirectoryRead = "directory:read";
    public const string DirectoryWrite = "directory:write";
    public const string AuditRead = "audit:read";
    public const string StatisticsRead = "statistics:read";
    public const string Admin = "admin";

    /// <summary>SMART v2 system scopes, in the widest form granted: permissions in their fixed order c r u d s.</summary>
    public const string TaskAll = "system/Task.rus";
    public const string ServiceRequestAll = "system/ServiceRequest.rs";
    public const string PatientAll = "system/Patient.rs";
    public const string ConsentAll = "system/Consent.crus";
    public const string AuditEventAll = "system/AuditEvent.rs";

    static readonly string[] s_justice =
    [
        ReferralsRead, ReferralsWrite, ComplianceRead, ConsentsRead, ConsentsWrite, ConsentsEvaluate,
        SubscriptionsWrite, EventsRead, DirectoryRead, ConsentAll,
    ];

    static readonly string[] s_care =
    [
        ReferralsRead, ReferralsWrite, ComplianceRead, ComplianceWrite, ConsentsRead, ConsentsWrite, ConsentsEvaluate,
        SubscriptionsWrite, EventsRead, DirectoryRead, DirectoryWrite, TaskAll, ServiceRequestAll, PatientAll, ConsentAll,
    ];

    public static IReadOnlyList<string> For(OrganisationKind kind) => kind switch
    {
        { IsJustice: true } => s_justice,
        { IsCare: true } => s_care,
        OrganisationKind.Oversight => [AuditRead, AuditEventAll, ConsentsEvaluate, DirectoryRead],
        OrganisationKind.Statistics => [StatisticsRead, ConsentsRead, ConsentsEvaluate, SubscriptionsWrite, EventsRead, DirectoryRead], // consents for research name it, and end
        _ => [Admin, ConsentsEvaluate, DirectoryRead, DirectoryWrite],
    };

    public static IReadOnlyList<string> All { get; } =
        [.. Enum.GetValues<OrganisationKind>().SelectMany(For).Distinct().Order(StringComparer.Ordinal)];
}

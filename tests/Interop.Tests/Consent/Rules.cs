namespace Interop.Tests.Consent;

/// <summary>What the tests of single rules say again and again: one consent, one question, the answers.</summary>
internal static class Rules
{
    public static WrittenProvision PermitAll { get; } = new() { Type = "permit" };

    public static WrittenProvision DenyAll { get; } = new() { Type = "deny" };

    /// <summary>The decision about the request, then about each resource.</summary>
    public static string Of(WrittenProvision? root, WrittenQuestion? question = null, params WrittenResource[] resources) => Of(new WrittenConsent { Root = root }, question, resources);

    public static string Of(WrittenConsent consent, WrittenQuestion? question = null, params WrittenResource[] resources) =>
        AgainstNaiveTests.Answers(new() { Consents = [consent], Question = question ?? new(), Resources = resources });

    public static WrittenResource Observation(params string[] labels) => new() { Type = "Observation", Id = "1", Labels = labels };

    public static WrittenQuestion At(string instant) => new() { AsOf = instant };

    public static WrittenQuestion By(string who) => new() { Actors = [new(null, who)] };
}

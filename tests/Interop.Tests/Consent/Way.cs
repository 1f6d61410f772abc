using System.Text.Json;
using Interop.Consent;
using Interop.Consent.Evaluation;
using Interop.Consent.Packs;
using Xunit;

namespace Interop.Tests.Consent;

/// <summary>A request taken the way of the door, up to where it would be answered.</summary>
internal static class Way
{
    public static PackShelf Packs { get; } = PackShelf.Load(null);

    extension(Evaluated)
    {
        public static Evaluated Of(string body)
        {
            var material = Material(body);
            return Evaluator.Evaluate(material.Consents, material.Question, material.Items, material.Pack);
        }
    }

    public static Evaluated Evaluate(this WrittenCase written) => Evaluated.Of(written.ToJson().ToJsonString());

    public static Material Material(string body)
    {
        var read = EvaluationRequest.Read(JsonDocument.Parse(body, new() { MaxDepth = Inquiry.MaxDepth }).RootElement);
        Assert.True(read.Refusal is null, $"{string.Join(", ", read.Refusal?.Faults ?? [])} in {body}");
        var material = read.Value!.Read(DateTimeOffset.UnixEpoch, TimeZoneInfo.Utc, Packs);
        Assert.True(material.Refusal is null, $"{string.Join(", ", material.Refusal?.Faults ?? [])} in {body}");
        return material.Value!;
    }

    /// <summary>The faults of a body that is refused, each as <c>path code</c>.</summary>
    public static IReadOnlyList<string> Faults(string body)
    {
        var read = EvaluationRequest.Read(JsonDocument.Parse(body, new() { MaxDepth = Inquiry.MaxDepth }).RootElement);
        var refusal = read.Refusal ?? read.Value!.Read(DateTimeOffset.UnixEpoch, TimeZoneInfo.Utc, Packs).Refusal;
        return [.. (refusal?.Faults ?? []).Select(f => $"{f.Path} {f.Code}")];
    }
}

using System.Text.Json;
using System.Text.Json.Serialization;
using Interop.Audit;
using Interop.Consent.Evaluation;
using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;

namespace Interop.Consent;

/// <summary>AuthZEN: the decision; false for a deny and where no consent permits alike.</summary>
/// <param name="Decision">Whether it may be done.</param>
internal sealed record AccessEvaluationView(bool Decision, AccessDecisionView? Context);

/// <param name="Decision">permit, deny or no-consent.</param>
/// <param name="Trace">What decided. Why the rest did not, `POST /v1/consents/evaluation` tells.</param>
/// <param name="ReasonUser">In the language of the request: why, in words that may be shown.</param>
/// <param name="Error">This evaluation could not be made; decision is false.</param>
internal sealed record AccessDecisionView(
    string? Decision, IReadOnlyList<ObligationView>? Obligations, IReadOnlyList<TraceView>? Trace, PackView? Pack,
    [property: JsonPropertyName("reason_user")] IReadOnlyDictionary<string, string>? ReasonUser, AccessErrorView? Error);

internal sealed record AccessErrorView(int Status, string Message, IReadOnlyList<ProblemError> Errors);

/// <summary>AuthZEN: the decisions, in the order in which they were asked; fewer where the semantic stopped early.</summary>
/// <param name="Evaluations">Left out where one evaluation was asked for.</param>
/// <param name="Decision">Of the one evaluation that was asked for.</param>
internal sealed record AccessEvaluationsView(bool? Decision, AccessDecisionView? Context, IReadOnlyList<AccessEvaluationView>? Evaluations);

/// <summary>AuthZEN: where this decision point answers.</summary>
internal sealed record AccessConfigurationView(
    [property: JsonPropertyName("policy_decision_point")] string PolicyDecisionPoint,
    [property: JsonPropertyName("access_evaluation_endpoint")] string AccessEvaluationEndpoint,
    [property: JsonPropertyName("access_evaluations_endpoint")] string AccessEvaluationsEndpoint);

internal static class AccessApi
{
    const int MostEvaluations = 1000;

    /// <summary>Provisions, of consents that come along.</summary>
    const int MostRead = 100_000;

    public static void MapAccess(this IEndpointRouteBuilder routes)
    {
        var access = routes.MapGroup("/access/v1").WithTags("Enforcement");
        access.MapPost("/evaluation", Evaluate).Does(AccessReading.Operation, Actions.Query, Scopes.ConsentsEvaluate)
            .Takes<AccessEvaluationRequest>().Gives<AccessEvaluationView>(200);
        access.MapPost("/evaluations", EvaluateAll).Does("access.evaluate-all", Actions.Query, Scopes.ConsentsEvaluate)
            .Takes<AccessEvaluationsRequest>().Gives<AccessEvaluationsView>(200);
        routes.MapGet("/.well-known/authzen-configuration", Configuration).WithTags("Enforcement").IsPublic().WithName("access.configuration").Produces<AccessConfigurationView>(200);
    }

    /// <summary>Says where this decision point answers (AuthZEN metadata).</summary>
    internal static IResult Configuration(HttpContext http, IConfiguration configuration)
    {
        var address = (configuration["Identity:Issuer"] ?? $"{http.Request.Scheme}://{http.Request.Host}").TrimEnd('/');
        return new Shown<AccessConfigurationView>(200, new(address, $"{address}/access/v1/evaluation", $"{address}/access/v1/evaluations"), null);
    }

    /// <summary>
    /// Decides whether the subject may do this to the resource (AuthZEN 1.0). On the stored consents that the caller is party to, or
    /// on Consents that come along in the context.
    /// </summary>
    internal static Task<IResult> Evaluate(Call call, Inquiries inquiries, CancellationToken ct) =>
        inquiries.AskAsync(call, body => AccessReading.Read(default, body), (answer, inquiry) => View(answer, inquiry, call.Language), ct);

    /// <summary>
    /// Decides several at once (AuthZEN 1.0). What the top states is the default of each. One that cannot be understood is answered
    /// false, with the error in its context.
    /// </summary>
    internal static Task<IResult> EvaluateAll(Call call, Inquiries inquiries, CancellationToken ct) => call.AskAsync<Batch, AccessEvaluationsView>(
        async body => await PrepareAsync(call.Caller, inquiries, body, ct),
        async batch => await AnswerAsync(call, inquiries, batch, ct),
        ct, Inquiry.MaxDepth);

    static async Task<Answer<Batch>> PrepareAsync(Caller caller, Inquiries inquiries, JsonElement body, CancellationToken ct)
    {
        if (body.ValueKind is not JsonValueKind.Object)
            return Refusal.Unparsable(new Fault("", "type.object"));
        var semantic = AccessOptionsInput.ExecuteAll;
        if (body.TryGetProperty("options", out var options) && options.ValueKind is JsonValueKind.Object && options.TryGetProperty("evaluations_semantic", out var asked))
            if (AccessOptionsInput.Semantics.FirstOrDefault(s => asked.ValueKind is JsonValueKind.String && asked.ValueEquals(s)) is { } known)
                semantic = known;
            else
                return Refusal.Unparsable(new Fault("options.evaluations_semantic", "code.unknown", string.Join(", ", AccessOptionsInput.Semantics)));
        if (!body.TryGetProperty("evaluations", out var evaluations) || evaluations.ValueKind is JsonValueKind.Null || (evaluations.ValueKind is JsonValueKind.Array && evaluations.GetArrayLength() == 0))
        {
            var single = await inquiries.PrepareAsync(caller, AccessReading.Read(default, body), ct);
            return single.Refusal is { } refusal ? refusal : new Batch(semantic, [single], IsSingle: true);
        }
        if (evaluations.ValueKind is not JsonValueKind.Array)
            return Refusal.Unparsable(new Fault("evaluations", "type.list"));
        if (evaluations.GetArrayLength() > MostEvaluations)
            return Refusal.Unparsable(new Fault("evaluations", "list.long", MostEvaluations));
        var (all, read) = (new List<Answer<Prepared>>(), 0);
        foreach (var evaluation in evaluations.EnumerateArray())
        {
            all.Add(evaluation.ValueKind is JsonValueKind.Object
                ? await inquiries.PrepareAsync(caller, AccessReading.Read(body, evaluation), ct)
                : Refusal.Unparsable(new Fault("", "type.object")));
            read += all[^1].Value?.Material.Consents.Sum(c => c.Provisions.Length) ?? 0; // a consent at the top is read for each
            if (read > MostRead)
                return Refusal.Unparsable(new Fault("evaluations", "evaluation.too-much", MostRead));
        }
        return new Batch(semantic, all, IsSingle: false);
    }

    static async Task<Answer<AccessEvaluationsView>> AnswerAsync(Call call, Inquiries inquiries, Batch batch, CancellationToken ct)
    {
        var views = new List<AccessEvaluationView>();
        await inquiries.OpenAsync(call.Caller, [.. batch.Evaluations.Select(e => e.Value).OfType<Prepared>()], ct);
        foreach (var prepared in batch.Evaluations)
        {
            views.Add(prepared.Refusal is { } refusal
                ? new(false, Error(refusal, call.Language))
                : View(await inquiries.AnswerAsync(call.Caller, prepared.Value!, ct), prepared.Value!.Inquiry, call.Language));
            if (batch.Semantic == (views[^1].Decision ? AccessOptionsInput.PermitOnFirstPermit : AccessOptionsInput.DenyOnFirstDeny))
                break;
        }
        return batch.IsSingle ? new AccessEvaluationsView(views[0].Decision, views[0].Context, null) : new AccessEvaluationsView(null, null, views);
    }

    /// <summary>Where a resource came along, the decision is about it.</summary>
    static AccessEvaluationView View(Evaluated e, Inquiry inquiry, string language)
    {
        var decision = EvaluationView.CodeOf(inquiry.Resources.Count > 0 ? e.Items[0].Decision : e.Decision);
        var text = Language.Text(language, decision switch { "permit" => "cds.permit", "deny" => "cds.deny", _ => "cds.no-consent" });
        return new(decision == "permit", new(
            decision, [.. e.Obligations.Select(ObligationView.Of)], [.. e.Trace.Entries.Where(t => t.Decided).Select(t => TraceView.Of(t, language))], PackView.Of(e.Pack), new Dictionary<string, string> { [language] = text }, null));
    }

    static AccessDecisionView Error(Refusal refusal, string language)
    {
        var problem = Refusals.ProblemOf(refusal, language);
        return new(null, null, null, null, null, new(problem.Status, problem.Title, problem.Errors));
    }

    sealed record Batch(string Semantic, IReadOnlyList<Answer<Prepared>> Evaluations, bool IsSingle);
}

using Interop.Audit;
using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Interop.Consent;

internal static class EvaluationApi
{
    public static void MapEvaluation(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/consents/evaluation", Evaluate).WithTags("Consent").Does(EvaluationRequest.Operation, Actions.Query, Scopes.ConsentsEvaluate)
            .Takes<EvaluationRequest>().Gives<EvaluationView>(200, 422);

    /// <summary>
    /// Asks what consents would permit, and why. Of FHIR Consents that come along, or of the stored consents of a person that the
    /// caller is party to; nothing is disclosed by it and nothing stored is changed.
    /// </summary>
    internal static Task<IResult> Evaluate(Call call, Inquiries inquiries, CancellationToken ct) =>
        inquiries.AskAsync(call, EvaluationRequest.Read, (answer, _) => EvaluationView.Of(answer, call.Language), ct);
}

namespace Interop.Platform;

/// <summary>A value, or the refusal to give one.</summary>
internal readonly struct Answer<T>
{
    Answer(T? value, Refusal? refusal) => (Value, Refusal) = (value, refusal);

    public T? Value { get; }

    public Refusal? Refusal { get; }

    public static implicit operator Answer<T>(T value) => new(value, null);

    public static implicit operator Answer<T>(Refusal refusal) => new(default, refusal);
}

/// <summary>What went wrong at one place of a request.</summary>
/// <param name="Path">Where: <c>person.identifiers[0].value</c>, a query parameter's or header's name; empty for the whole.</param>
/// <param name="Code">A text of <c>Texts/faults.json</c>; stable.</param>
/// <param name="Arguments">What the text names.</param>
internal sealed record Fault(string Path, string Code, params object[] Arguments);

/// <summary>
/// Why a request is not done, before anybody renders it: problem+json, or an OperationOutcome under /fhir.
/// </summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Code">The stable last part of the problem's <c>type</c>.</param>
internal sealed record Refusal(int Status, string Code, params IReadOnlyList<Fault> Faults)
{
    /// <summary>What the log says of it beside the status: whose data was asked for. Never shown to the caller.</summary>
    public RefusedSubject? Subject { get; init; }

    public TimeSpan? RetryAfter { get; init; }

    public static Refusal Unauthenticated { get; } = new(401, "unauthenticated");
    public static Refusal Forbidden { get; } = new(403, "forbidden");

    /// <summary>Not there, or not for you: one answer for both (P6).</summary>
    public static Refusal NotFound { get; } = new(404, "not-found");

    /// <summary>It was there and yours, and was erased.</summary>
    public static Refusal Erased { get; } = new(410, "erased");
    public static Refusal Stale { get; } = new(412, "stale");
    public static Refusal PreconditionRequired { get; } = new(428, "precondition-required");

    public static Refusal Unparsable(params IReadOnlyList<Fault> faults) => new(400, "unparsable", faults);
    public static Refusal BadQuery(params IReadOnlyList<Fault> faults) => new(400, "bad-query", faults);
    public static Refusal Invalid(params IReadOnlyList<Fault> faults) => new(422, "invalid", faults);

    /// <summary>The state does not allow it (409); the fault says why and, where it can, from when it will.</summary>
    public static Refusal Conflict(string path, string code, params object[] arguments) => new(409, "conflict", new Fault(path, code, arguments));

    public Refusal Of(Guid person, string type, Guid id, string? pack = null) => this with { Subject = new(person, type, id, pack) };
}

/// <summary>The person and record that a refused request was about, for the audit log alone.</summary>
/// <param name="Pack">The law's packs under which it was denied; null: it was not for the law to say.</param>
internal sealed record RefusedSubject(Guid Person, string Type, Guid Id, string? Pack);

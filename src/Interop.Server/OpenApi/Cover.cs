using System.Text.Json;
using System.Text.Json.Nodes;
using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.OpenApi;

namespace Interop.Server.OpenApi;

/// <summary>What the document says once for all operations: for whom it is, how to log in, the headers, the problems.</summary>
internal static class Cover
{
    public const string Scheme = "interop";

    const string Introduction = """
        The exchange between courts and clinics. A justice organisation refers a person to treatment; the clinic answers and reports;
        what passes, and to whom, the person's consent decides at that instant.

        **Begin**: get a token at `POST /connect/token` with the client id and secret of your organisation's software, and send it as
        `Authorization: Bearer …`. On this page: *Authorize*, tick nothing (that asks for every scope the client has), *Authorize* again.
        In the demonstration world the client id is the organisation's (`juzgado-central`, `centro-esperanza`, `contraloria` …) and the
        secret is the same with `-secret` behind it.

        **Conventions**: JSON in camelCase; times RFC 3339 in UTC; ids are UUIDs. A member without a value is left out, not null. Lists
        are `{items, next}`: pass `next` as `cursor` until it is null. Every refusal is a problem (RFC 9457) that names each fault and
        where it stands, in the language of `Accept-Language` (en, es, fr, pt). *Not there* and *not for you* are one answer, 404.
        Repeat a POST safely with an `Idempotency-Key`; guard a change with `If-Match`.

        FHIR R4 is under `/fhir` and describes itself at `/fhir/metadata`. Events, by webhook and by queue, are described at `/asyncapi/v1.json`.
        """;

    static readonly (string Name, string Description)[] s_tags =
    [
        ("Identity", "Tokens by OAuth2 client credentials (client secret or `private_key_jwt`), and the clients themselves."),
        ("Referrals", "From the court's request to the clinic's discharge. Each party reads its own view."),
        ("Consent", "What the person allows to be told, by whom, to whom, until when."),
        ("Enforcement", "Consent decisions for enforcement points, in two standards: OpenID AuthZEN 1.0 and CDS Hooks. One engine is behind them and `POST /v1/consents/evaluation`."),
        ("Compliance", "The clinic's reports to the justice side: a closed list of categories, each only where it is consented."),
        ("Matters", "The case in which a person is referred; its final disposition ends what the court may see."),
        ("Persons", "The record of a person; to whom something of it was told, and who asked for that."),
        ("Delivery", "Being told of what happens: webhooks, queues of a message broker, or a feed to poll."),
        ("Audit", "Who did and saw what, and what of a day is worth a look. Reading it is recorded too."),
        ("Directory", "Who takes part, and which services there are."),
    ];

    /// <summary>Status, name, what it means, and an example that the running texts make.</summary>
    static readonly (string Status, string Name, string Description, Refusal Example)[] s_problems =
    [
        ("400", "Unreadable", "The body is not JSON, or a query parameter or header is wrong or unknown.", Refusal.BadQuery(new Fault("updatedSince", "type.instant"), new Fault("limit", "number.range", 1, Query.MaxLimit))),
        ("401", "Unauthenticated", "No valid access token.", Refusal.Unauthenticated),
        ("403", "Forbidden", "The token lacks the scope, or the operation is not for this kind of organisation. Said before anything is looked up.", new(403, "insufficient-scope", new Fault("", "scope.missing", Scopes.ReferralsWrite))),
        ("404", "NotFound", "Not there, or not for you: one answer for both.", Refusal.NotFound),
        ("409", "Conflict", "The present state does not allow it; the fault says why and, where it can, from when it will.", Refusal.Conflict("", "consent.not-revocable-until-event", "final-disposition")),
        ("410", "Erased", "It was there for you, and is no longer: erased with its person; or an entry of the log, archived with its month.", Refusal.Erased),
        ("412", "Stale", "It was changed since the version that If-Match names.", Refusal.Stale),
        ("413", "TooLarge", "The body is over 1 MiB.", new(413, "payload-too-large")),
        ("415", "NotJson", "The body is not JSON.", new(415, "unsupported-media-type")),
        ("422", "Invalid", "Understood, and not valid: every fault is named. Also: the Idempotency-Key was used for another body.", Refusal.Invalid(new Fault("person.birthDate", "type.date"), new Fault("person.identifiers", "required"), new Fault("intercept", "code.unknown", "pre-arrest, arrest, pretrial, trial, sentencing, post-sentence"))),
        ("428", "PreconditionRequired", "If-Match is required.", Refusal.PreconditionRequired),
        ("429", "TooOften", "The client asks more often than it may: try again after `Retry-After` seconds.", new(429, "too-many-requests")),
        ("503", "Unavailable", "Anything else. With 503 nothing was changed, unless `type` is `urn:interop:problem:in-doubt`: try again after `Retry-After` seconds, a POST under the same `Idempotency-Key`.", new(503, "unavailable")),
    ];

    public static string ProblemOf(string status) => s_problems.Single(p => p.Status == status).Name;

    /// <param name="authority">The issuer elsewhere that tokens come from; null: from here.</param>
    public static void Write(OpenApiDocument document, Uri? authority)
    {
        document.Info = new()
        {
            Title = "Interop",
            Version = "1",
            Description = Introduction,
            License = new() { Name = "Apache-2.0", Identifier = "Apache-2.0" },
        };
        document.Servers = [new() { Url = "/" }];
        document.Tags = s_tags.Select(t => new OpenApiTag { Name = t.Name, Description = t.Description }).ToHashSet();
        WriteComponents(document, authority);
        var paths = new OpenApiPaths();
        if (authority is null)
            paths["/connect/token"] = Token(document); // what everybody needs first
        foreach (var (path, item) in document.Paths)
            paths[path] = item;
        document.Paths = paths;
    }

    static void WriteComponents(OpenApiDocument document, Uri? authority)
    {
        var components = document.Components ??= new();
        components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [Scheme] = authority is not null ? At(authority) : new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.OAuth2,
                Description = "Client credentials. What a token may do is what the client holds, cut to its organisation's kind.",
                Flows = new()
                {
                    ClientCredentials = new()
                    {
                        TokenUrl = new("/connect/token", UriKind.Relative),
                        Scopes = Scopes.All.ToDictionary(s => s, ScopeOf),
                    },
                },
            },
        };
        components.Parameters = new Dictionary<string, IOpenApiParameter>
        {
            ["Idempotency-Key"] = RequestHeader("Idempotency-Key", "Chosen by the client, at most 255 visible ASCII characters. For 24 hours the same key with the same body does nothing twice and answers the same resource."),
            ["If-Match"] = RequestHeader("If-Match", "The ETag last read, `\"3\"`: done only if it is still the version that the caller sees."),
            ["If-Match-Required"] = RequestHeader("If-Match", "The ETag last read, `\"3\"`: done only if it is still the version that the caller sees. Required.", required: true),
            ["Accept-Language"] = RequestHeader("Accept-Language", "Language of messages and notices: en, es, fr or pt."),
            ["Interop-Actor"] = RequestHeader("Interop-Actor", "The human behind the call, as the client asserts it; recorded in the log, at most 200 characters."),
        };
        components.Headers = new Dictionary<string, IOpenApiHeader>
        {
            ["ETag"] = Header("The version of the resource as the caller sees it, for If-Match.", "\"3\""),
            ["Location"] = Header("Where the new resource is read.", "/v1/referrals/01980a5e-7b1c-7c3e-9d55-2f6a1c0e4b11"),
            ["Interop-Notice"] = Header("The answer holds what was disclosed under a consent; the notice against redisclosure is in the body (42 CFR 2.32).", "42-CFR-2.32; redisclosure-prohibited"),
            ["Retry-After"] = Header("Seconds.", "5"),
        };
        components.Responses = s_problems.ToDictionary(p => p.Name, p => (IOpenApiResponse)ProblemResponse(document, p.Description, p.Example));
    }

    static OpenApiSecurityScheme At(Uri authority) => new()
    {
        Type = SecuritySchemeType.OpenIdConnect,
        Description = "Client credentials, at the authority. What a token may do is what it says, cut to its organisation's kind.",
        OpenIdConnectUrl = new($"{authority.AbsoluteUri.TrimEnd('/')}/.well-known/openid-configuration"),
    };

    static OpenApiResponse ProblemResponse(OpenApiDocument document, string description, Refusal example) => new()
    {
        Description = description,
        Headers = example.Status is 429 or 503 ? new Dictionary<string, IOpenApiHeader> { ["Retry-After"] = new OpenApiHeaderReference("Retry-After", document) } : null,
        Content = new Dictionary<string, OpenApiMediaType>
        {
            ["application/problem+json"] = new()
            {
                Schema = new OpenApiSchemaReference("Problem", document),
                Example = JsonSerializer.SerializeToNode(Refusals.ProblemOf(example, "en"), Json.Options),
            },
        },
    };

    static OpenApiPathItem Token(OpenApiDocument document)
    {
        static OpenApiSchema Text(string description, string? only = null) => new() { Type = JsonSchemaType.String, Description = description, Enum = only is null ? null : [only] };
        var failed = new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Required = new HashSet<string> { "error" },
            Properties = new Dictionary<string, IOpenApiSchema> { ["error"] = Text("invalid_client, invalid_request, invalid_scope, unsupported_grant_type, slow_down"), ["error_description"] = Text("For whoever reads logs.") },
        };
        OpenApiResponse Failed(string description, string error) => new()
        {
            Description = description,
            Content = new Dictionary<string, OpenApiMediaType> { ["application/json"] = new() { Schema = failed, Example = new JsonObject { ["error"] = error } } },
        };
        return new()
        {
            Operations = new()
            {
                [HttpMethod.Post] = new()
                {
                    OperationId = "token",
                    Summary = "Get an access token",
                    Description = "OAuth2 client credentials (RFC 6749, 4.4). The client proves itself by its secret (here, or by HTTP Basic) or by a signed assertion as in SMART Backend Services. Public.",
                    Tags = new HashSet<OpenApiTagReference> { new("Identity", document) },
                    Security = [],
                    RequestBody = new OpenApiRequestBody
                    {
                        Required = true,
                        Content = new Dictionary<string, OpenApiMediaType>
                        {
                            ["application/x-www-form-urlencoded"] = new()
                            {
                                Schema = new OpenApiSchema
                                {
                                    Type = JsonSchemaType.Object,
                                    Required = new HashSet<string> { "grant_type" },
                                    Properties = new Dictionary<string, IOpenApiSchema>
                                    {
                                        ["grant_type"] = Text("What is asked for.", "client_credentials"),
                                        ["client_id"] = Text("The client's id."),
                                        ["client_secret"] = Text("Its secret."),
                                        ["client_assertion_type"] = Text("With `client_assertion`.", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                                        ["client_assertion"] = Text("Instead of a secret: a JWT signed with RS384 or ES384."),
                                        ["scope"] = Text("Separated by spaces. Left out: every scope of the client."),
                                    },
                                },
                                Example = new JsonObject { ["grant_type"] = "client_credentials", ["client_id"] = "juzgado-central", ["client_secret"] = "juzgado-central-secret" },
                            },
                        },
                    },
                    Responses = new()
                    {
                        ["200"] = new OpenApiResponse
                        {
                            Description = "A token.",
                            Content = new Dictionary<string, OpenApiMediaType>
                            {
                                ["application/json"] = new()
                                {
                                    Schema = new OpenApiSchema
                                    {
                                        Type = JsonSchemaType.Object,
                                        Required = new HashSet<string> { "access_token", "token_type", "expires_in", "scope" },
                                        Properties = new Dictionary<string, IOpenApiSchema>
                                        {
                                            ["access_token"] = Text("A JWT; to clients it is opaque."),
                                            ["token_type"] = Text("How to send it.", "Bearer"),
                                            ["expires_in"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Description = "Seconds." },
                                            ["scope"] = Text("What was granted."),
                                        },
                                    },
                                    Example = new JsonObject { ["access_token"] = "eyJhbGciOi…", ["token_type"] = "Bearer", ["expires_in"] = 599, ["scope"] = "referrals:read referrals:write" },
                                },
                            },
                        },
                        ["400"] = Failed("The request is wrong.", "invalid_scope"),
                        ["401"] = Failed("The client did not prove itself.", "invalid_client"),
                        ["429"] = Failed("It failed, or asked, too often; try again after `Retry-After` seconds.", "slow_down"),
                    },
                },
            },
        };
    }

    /// <summary>Without an example: the page would fill it in and send it, and an old ETag or a used key is refused.</summary>
    static OpenApiParameter RequestHeader(string name, string description, bool required = false) => new()
    {
        Name = name,
        In = ParameterLocation.Header,
        Description = description,
        Required = required,
        Schema = new OpenApiSchema { Type = JsonSchemaType.String },
    };

    static OpenApiHeader Header(string description, string example) => new() { Description = description, Schema = new OpenApiSchema { Type = JsonSchemaType.String }, Example = example };

    static string ScopeOf(string scope) => scope switch
    {
        Scopes.ReferralsRead => "Read referrals, and the persons and matters that they are about",
        Scopes.ReferralsWrite => "Refer, answer, cancel; dispose of matters",
        Scopes.ComplianceRead => "Read compliance reports",
        Scopes.ComplianceWrite => "Report, correct, retract",
        Scopes.ConsentsRead => "Read consents and the accounting of disclosures",
        Scopes.ConsentsWrite => "Capture and revoke consents on the person's word",
        Scopes.ConsentsEvaluate => "Ask what a consent would permit",
        Scopes.SubscriptionsWrite => "Subscribe to events",
        Scopes.EventsRead => "Poll events",
        Scopes.DirectoryRead => "Read the directory",
        Scopes.DirectoryWrite => "Tell the capacity of own services",
        Scopes.AuditRead => "Read the log of who did and saw what",
        Scopes.StatisticsRead => "Read indicators",
        Scopes.Admin => "Add organisations, services and clients",
        _ => "SMART system scope, for /fhir",
    };
}

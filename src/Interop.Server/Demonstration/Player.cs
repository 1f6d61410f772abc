using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Interop.Contracts;

namespace Interop.Server.Demonstration;

/// <summary>What was expected and did not happen.</summary>
internal sealed class StoryBrokeException(string what) : Exception(what);

/// <summary>
/// Plays one referral from arrest to completion as its parties would: over HTTP, with their own tokens, and nothing else. A person
/// and a matter of its own each time, so that it can be played again on the same data.
/// </summary>
internal sealed class Player(HttpClient http, Stage stage, CourtListener listener, TimeProvider time)
{
    static readonly Speaker s_court = new("juzgado-central", 34);
    static readonly Speaker s_supervision = new("libertad-vigilada", 36);
    static readonly Speaker s_clinic = new("centro-esperanza", 32);
    static readonly Speaker s_auditor = new("contraloria", 33);

    static readonly string[] s_given = ["Ana Lucía", "María José", "Carmen", "Rosa Elena", "Julia", "Sofía", "Marta Alicia", "Elena"];
    static readonly string[] s_family = ["Pérez Xol", "García Tzul", "López Ajú", "Morales Cuc", "Ramírez Sis", "Hernández Coy", "Castillo Poz", "Méndez Tum"];

    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);

    readonly Dictionary<Speaker, string> _tokens = [];
    readonly Dictionary<string, string> _consents = [];
    string? _subscription;
    string? _appointment;
    readonly string _run = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
    readonly string _given = s_given[RandomNumberGenerator.GetInt32(s_given.Length)];
    readonly string _family = s_family[RandomNumberGenerator.GetInt32(s_family.Length)];

    /// <summary>The referral that was played, once there is one.</summary>
    public string? Referral { get; private set; }

    public string? Person { get; private set; }

    string Name => $"{_given} {_family}";

    string Matter => $"01073-{Now:yyyy}-{_run}";

    DateTimeOffset Now => time.GetUtcNow();

    /// <exception cref="StoryBrokeException">A step was not answered as the story expects.</exception>
    public async Task PlayAsync(CancellationToken ct)
    {
        stage.Title("Interop: one referral, from arrest to completion", $"Through the public API at {http.BaseAddress!.ToString().TrimEnd('/')}, as the parties' own software would call it.",
            $"The person is {Name}, new in this run; the matter is {Matter}.");
        await OpenAsync(ct);
        var referral = await ReferAsync(ct);
        await ConsentToReferralAsync(referral, ct);
        await AnswerAsync(ct);
        await ConsentToMonitoringAsync(referral, ct);
        await TreatAsync(ct);
        await CompleteAsync(ct);
        await DisposeAsync(referral, ct);
        await AuditAsync(ct);
    }

    /// <summary>The listener ends with the story, so its subscription does too: nobody should knock at a closed door for days.</summary>
    public async Task LeaveAsync(CancellationToken ct)
    {
        if (_subscription is null || ct.IsCancellationRequested)
            return;
        using var request = new HttpRequestMessage(HttpMethod.Delete, $"/v1/subscriptions/{_subscription}");
        request.Headers.Authorization = new("Bearer", _tokens[s_court]);
        using var answer = await http.SendAsync(request, ct);
    }

    async Task OpenAsync(CancellationToken ct)
    {
        stage.Step("Each party's software logs in", "OAuth2 client credentials. A token acts for one organisation, with the scopes of its kind.");
        foreach (var speaker in (Speaker[])[s_court, s_supervision, s_clinic, s_auditor])
            await LogInAsync(speaker, ct);

        stage.Step("The court asks to be told of what happens", "Webhooks are signed; the secret is shown in this answer and never again.");
        var subscription = await PostAsync(s_court, "/v1/subscriptions", new { channel = "webhook", url = listener.Address, events = new[] { "*" } }, 201, ct);
        _subscription = subscription["id"]!.ToString();
        listener.Secret = subscription["secret"]!.ToString();
        stage.View("the court's subscription", ("sends to", listener.Address), ("secret", listener.Secret[..12] + "…"), ("payload", $"{subscription["payload"]}: the details are read through the gate"));
    }

    async Task<JsonNode> ReferAsync(CancellationToken ct)
    {
        stage.Step("Arrest: instead of detention, the court refers her to treatment", "The request waits for her consent. Until then the clinic cannot even tell that it exists.");
        var referral = await PostAsync(s_court, "/v1/referrals", new
        {
            person = new
            {
                familyName = _family,
                givenNames = _given.Split(' '),
                birthDate = "1990-02-03",
                sex = "female",
                language = "es",
                identifiers = new[] { new { system = "urn:gt:dpi", value = $"2510 {_run}" } },
            },
            matter = new { number = Matter, jurisdiction = "GT", offence = "posesión para el consumo" },
            intercept = "arrest",
            service = "outpatient",
            providerId = s_clinic.Organisation,
            reporting = new[] { new { category = "attendance", every = "P7D" } },
            note = "Evaluación en los próximos siete días.",
        }, 201, ct);
        (Referral, Person) = (referral["id"]!.ToString(), referral["personId"]!.ToString());
        stage.View("the court", Status(referral, "awaiting-consent"), ("matter", $"{referral["matter"]!["number"]}, {referral["matter"]!["offence"]}"), ("clinic", referral["providerId"]!.ToString()), Due(referral));

        var nothing = await GetAsync(s_clinic, $"/v1/referrals/{Referral}", 404, ct);
        stage.View("the clinic", ("answer", $"“{nothing["title"]}”"));
        return referral;
    }

    async Task ConsentToReferralAsync(JsonNode referral, CancellationToken ct)
    {
        stage.Step("She consents that the clinic is told who is referred and why");
        await ConsentAsync(s_court, Consent(referral, "referral", s_court.Organisation, [s_clinic.Organisation], "treatment", ["referral"], new { until = Iso(Now.AddDays(365)) }), ct);
        var seen = await GetAsync(s_clinic, $"/v1/referrals/{Referral}", 200, ct);
        stage.View("the clinic",
            Status(seen, "sent"),
            ("person", $"{Names(seen["person"]!)}, born {seen["person"]!["birthDate"]}"),
            ("matter", seen["matter"]!["number"]!.ToString()),
            ("offence", Text(seen["matter"]!["offence"])),
            ("asked", $"{seen["service"]}; {seen["note"]}"),
            Due(seen),
            ("notice", $"“{seen["notice"]!["text"]}”"));
        Expect(seen["matter"]!["offence"] is null, "the clinic is not told the offence", seen["matter"]!.ToJsonString());
    }

    async Task AnswerAsync(CancellationToken ct)
    {
        stage.Step("The clinic accepts, from its record system, over FHIR", "There the referral is a Task. Its status decides; what else the clinic writes on it is kept for the clinic.");
        var task = await GetAsync(s_clinic, $"/fhir/Task/{Referral}", 200, ct);
        stage.View("the clinic's record system", ("status", Text(task["status"])), ("for", Text(task["for"]?["reference"])), ("focus", Text(task["focus"]?["reference"])));
        task["status"] = "accepted";
        await SendAsync(s_clinic, HttpMethod.Put, $"/fhir/Task/{Referral}", task, 200, ct, ifMatch: $"W/\"{task["meta"]!["versionId"]}\"");
        await TellAsync(EventTypes.ReferralAccepted, ct);

        stage.Step("The clinic makes an appointment", "That is treatment, not the answer to the referral: the court learns that it was accepted, and no more.");
        var made = await PostAsync(s_clinic, $"/v1/referrals/{Referral}/appointments", new { at = Iso(Now.AddHours(1)), kind = "assessment" }, 201, ct);
        _appointment = made["id"]!.ToString();
        stage.View("the clinic", Status(made["referral"]!, "scheduled"), ("appointment", $"{made["kind"]}, {Clock(made["at"], "HH:mm")} UTC"));
        var seen = await GetAsync(s_court, $"/v1/referrals/{Referral}", 200, ct);
        stage.View("the court", Status(seen, "accepted"), ("appointment", Text(seen["nextAppointment"])));
        Expect(seen["nextAppointment"] is null, "the court is not told of the appointment", seen.ToJsonString());
    }

    async Task ConsentToMonitoringAsync(JsonNode referral, CancellationToken ct)
    {
        stage.Step("She consents that court and supervision follow attendance and treatment status", "For this matter only; until its final disposition, which is also when she may revoke it (42 CFR 2.35). Drug tests she leaves out.");
        await ConsentAsync(s_clinic, Consent(referral, "justice-monitoring", s_clinic.Organisation, [s_court.Organisation, s_supervision.Organisation], "justice-monitoring",
            ["attendance", "treatment-status"], new { untilEvent = "final-disposition", revocable = new { @event = "final-disposition" } }), ct);
        var seen = await GetAsync(s_court, $"/v1/referrals/{Referral}", 200, ct);
        stage.View("the court", Status(seen, "scheduled"), ("appointment", $"{seen["nextAppointment"]?["kind"]}, {Clock(seen["nextAppointment"]?["at"], "HH:mm")} UTC"));
        var named = await GetAsync(s_supervision, $"/v1/referrals/{Referral}", 200, ct);
        stage.View("supervision", Status(named, "scheduled"), ("person", Text(named["person"])), ("note", Text(named["note"])));
    }

    async Task TreatAsync(CancellationToken ct)
    {
        stage.Step("She comes; treatment begins; the clinic reports", "Everything may be reported. What she did not consent to is held, and the justice side is not told that it is there.");
        await PostAsync(s_clinic, $"/v1/referrals/{Referral}/appointments/{_appointment}/outcome", new { outcome = "attended" }, 200, ct);
        await PostAsync(s_clinic, $"/v1/referrals/{Referral}/admission", new { }, 200, ct);
        var attendance = await ReportAsync("attendance", "attended", ct);
        var test = await ReportAsync("drug-test", "negative", ct);
        stage.View("the clinic", ("attendance", $"{attendance["value"]}{Held(attendance)}"), ("drug-test", $"{test["value"]}{Held(test)}"));
        Expect(test["held"]?.GetValue<bool>() is true, "the drug test is held", test.ToJsonString());

        var reports = await GetAsync(s_court, $"/v1/referrals/{Referral}/compliance-updates", 200, ct);
        var items = reports["items"]!.AsArray();
        Expect(items.Count == 1 && items[0]!["category"]!.ToString() == "attendance", "the court sees the attendance and nothing else", reports.ToJsonString());
        stage.View("the court", ("reports", $"{items.Count}: {items[0]!["category"]} {items[0]!["value"]}"), ("drug-test", null), ("notice", $"“{items[0]!["notice"]!["text"]}”"));
        await TellAsync(EventTypes.ComplianceReported, ct);
    }

    async Task CompleteAsync(CancellationToken ct)
    {
        stage.Step("Treatment is completed");
        await PostAsync(s_clinic, $"/v1/referrals/{Referral}/discharge", new { kind = "completed", reason = "Cumplió el plan de tratamiento." }, 200, ct);
        var seen = await GetAsync(s_court, $"/v1/referrals/{Referral}", 200, ct);
        stage.View("the court", Status(seen, "completed"), ("discharge", Text(seen["discharge"])), ("reason", Text(seen["statusReason"])));
    }

    async Task DisposeAsync(JsonNode referral, CancellationToken ct)
    {
        stage.Step("The court disposes of the matter: the consent ends, and with it what the court may see", "From the moment this is answered no disclosure relies on that consent.");
        await PostAsync(s_court, $"/v1/matters/{referral["matter"]!["id"]}/final-disposition", new { at = Iso(Now) }, 200, ct);
        var seen = await GetAsync(s_court, $"/v1/referrals/{Referral}", 200, ct);
        var reports = await GetAsync(s_court, $"/v1/referrals/{Referral}/compliance-updates", 200, ct);
        stage.View("the court", Status(seen, "accepted"), ("discharge", Text(seen["discharge"])), ("reports", reports["items"]!.AsArray().Count.ToString(CultureInfo.InvariantCulture)));
        Expect(reports["items"]!.AsArray().Count == 0, "the court sees no report any more", reports.ToJsonString());
        var gone = await GetAsync(s_supervision, $"/v1/referrals/{Referral}", 404, ct);
        stage.View("supervision", ("answer", $"“{gone["title"]}”"));
    }

    async Task AuditAsync(CancellationToken ct)
    {
        stage.Step("The auditor reads who was told what of her, and on which consent");
        var told = (await GetAsync(s_auditor, $"/v1/persons/{Person}/disclosures", 200, ct))["items"]!.AsArray();
        Expect(told.Count > 0, "disclosures to be accounted for", "none");
        stage.View("told, in order", told.Reverse().Select(d => (d!["recipient"]!.ToString(), $"{d["how"]}", Grounds(d)))
            .GroupBy(d => d).Select(d => (d.Key.Item1, (string?)$"{d.Key.Item2,-20}{d.Key.Item3}{Times(d.Count())}")));
        var refused = (await GetAsync(s_auditor, $"/v1/audit/entries?person={Person}&outcome=denied", 200, ct))["items"]!.AsArray();
        stage.View("refused, in order", refused.Reverse().Select(e => (e!["organisation"]!.ToString(), (string?)$"{e["operation"],-20}{e["outcome"]}")));
        Expect(refused.Count > 0, "the clinic's early look in the log", "nothing");
    }

    async Task LogInAsync(Speaker speaker, CancellationToken ct)
    {
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "client_credentials",
            ["client_id"] = speaker.Organisation,
            ["client_secret"] = $"{speaker.Organisation}-secret",
        });
        using var answer = await http.PostAsync("/connect/token", form, ct);
        stage.Request(speaker, HttpMethod.Post, "/connect/token", answer.StatusCode);
        var body = await ReadAsync(answer, ct);
        Expect(answer.StatusCode == HttpStatusCode.OK, $"a token for {speaker.Organisation}", body.ToJsonString());
        _tokens[speaker] = body["access_token"]!.ToString();
    }

    Task<JsonNode> ReportAsync(string category, string value, CancellationToken ct) =>
        PostAsync(s_clinic, $"/v1/referrals/{Referral}/compliance-updates", new { category, value, occurredAt = Iso(Now) }, 201, ct);

    /// <summary>What the court's listener received, in order, up to this event.</summary>
    async Task TellAsync(string type, CancellationToken ct)
    {
        var arrived = await listener.UntilAsync(type, s_patience, ct);
        Expect(arrived.Any(e => e.Type == type), $"a webhook {type} within {s_patience.TotalSeconds:0} seconds",
            $"{string.Join(", ", arrived.Select(e => e.Type))} arrived; turned away: {string.Join(", ", listener.Refused)}");
        stage.View("the court's listener, signatures verified", arrived.Select(e => (Clock(e.Time), (string?)e.Type)));
    }

    Task<JsonNode> GetAsync(Speaker speaker, string path, int expected, CancellationToken ct) => SendAsync(speaker, HttpMethod.Get, path, null, expected, ct);

    Task<JsonNode> PostAsync(Speaker speaker, string path, object body, int expected, CancellationToken ct) =>
        SendAsync(speaker, HttpMethod.Post, path, System.Text.Json.JsonSerializer.SerializeToNode(body), expected, ct);

    async Task<JsonNode> SendAsync(Speaker speaker, HttpMethod method, string path, JsonNode? body, int expected, CancellationToken ct, string? ifMatch = null)
    {
        var fhir = path.StartsWith("/fhir", StringComparison.Ordinal);
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new("Bearer", _tokens[speaker]);
        request.Headers.AcceptLanguage.Add(new("es"));
        if (fhir)
            request.Headers.Accept.Add(new("application/fhir+json"));
        if (ifMatch is not null)
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        if (body is not null)
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, new MediaTypeHeaderValue(fhir ? "application/fhir+json" : "application/json"));
        using var answer = await http.SendAsync(request, ct);
        stage.Request(speaker, method, path, answer.StatusCode);
        var read = await ReadAsync(answer, ct);
        Expect((int)answer.StatusCode == expected, $"{expected} for {speaker.Organisation}: {method} {path}", $"{(int)answer.StatusCode} {read.ToJsonString()}");
        return read;
    }

    static async Task<JsonNode> ReadAsync(HttpResponseMessage answer, CancellationToken ct)
    {
        var text = await answer.Content.ReadAsStringAsync(ct);
        try
        {
            return JsonNode.Parse(text) ?? new JsonObject();
        }
        catch (System.Text.Json.JsonException)
        {
            return JsonValue.Create(text);
        }
    }

    async Task ConsentAsync(Speaker speaker, JsonObject consent, CancellationToken ct) =>
        _consents[(await SendAsync(speaker, HttpMethod.Post, "/v1/consents", consent, 201, ct))["id"]!.ToString()] = consent["kind"]!.ToString();

    JsonObject Consent(JsonNode referral, string kind, string discloser, string[] recipients, string purpose, string[] categories, object end)
    {
        var consent = System.Text.Json.JsonSerializer.SerializeToNode(new
        {
            personId = Person,
            kind,
            matter = referral["matter"]!["id"]!.ToString(),
            discloser,
            recipients,
            purposes = new[] { purpose },
            categories,
            from = Iso(Now),
            signature = new { method = "electronic", at = Iso(Now), by = Name },
            language = "es",
        })!.AsObject();
        foreach (var (name, value) in System.Text.Json.JsonSerializer.SerializeToNode(end)!.AsObject())
            consent[name] = value?.DeepClone();
        return consent;
    }

    /// <summary>The consents that a disclosure relied on, by their kind.</summary>
    string Grounds(JsonNode disclosure) => "by consent: " + string.Join(" + ", disclosure["consents"]!.AsArray().Select(c => _consents.GetValueOrDefault(c!["id"]!.ToString(), "?")));

    static string Times(int count) => count == 1 ? "" : $" ({count} times)";

    static void Expect(bool held, string what, string actual)
    {
        if (!held)
            throw new StoryBrokeException($"Expected: {what}.{Environment.NewLine}Got: {actual}");
    }

    /// <summary>A status, held against the story's.</summary>
    static (string, string?) Status(JsonNode view, string expected)
    {
        Expect(view["status"]?.ToString() == expected, $"status {expected}", view.ToJsonString());
        return ("status", expected);
    }

    static (string, string?) Due(JsonNode view) => view["timers"] is JsonArray { Count: > 0 } timers ? ("due", $"{timers[0]!["kind"]} {Clock(timers[0]!["due"], "yyyy-MM-dd")}") : ("due", "nothing: it waits for her");

    static string Held(JsonNode report) => report["held"]?.GetValue<bool>() is true ? ", held: nobody on the justice side may see it" : ", passed on";

    static string Names(JsonNode person) => $"{string.Join(' ', person["givenNames"]!.AsArray())} {person["familyName"]}";

    static string? Text(JsonNode? node) => node?.ToString();

    static string Clock(JsonNode? at, string format = "HH:mm:ss") =>
        at is null ? "" : Clock(DateTimeOffset.Parse(at.ToString(), CultureInfo.InvariantCulture), format);

    static string Clock(DateTimeOffset? at, string format = "HH:mm:ss") => at?.UtcDateTime.ToString(format, CultureInfo.InvariantCulture) ?? "";

    static string Iso(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}

using System.Text;
using System.Text.Json.Nodes;
using Interop.Audit;

namespace Interop.Server.Tests.World;

/// <summary>An organisation's software: one client, its token, and a name by which the log tells its calls from everybody else's.</summary>
public class Party(Exchange exchange, string organisation)
{
    static int s_last;
    (string Token, DateTimeOffset Since)? _token;

    public string Organisation { get; } = organisation;

    /// <summary>Its client's id and secret, where they are not those of the demonstration world.</summary>
    public string Client { get; init; } = organisation;
    public string Secret { get; init; } = $"{organisation}-secret";

    /// <summary>What its tokens are asked to hold; null: everything.</summary>
    public string? Scope { get; init; }

    public Exchange Exchange { get; } = exchange;

    /// <summary>Another process of the same exchange, where it calls that one.</summary>
    public HttpClient? At { get; init; }

    /// <summary>Where its tokens come from, where not from the exchange that it calls.</summary>
    public HttpClient? TokensFrom { get; init; }
    public string TokenPath { get; init; } = "/connect/token";

    /// <summary>Sent as <c>Interop-Actor</c>: a test finds its own entries by it.</summary>
    public string Actor { get; } = $"{organisation}/{Interlocked.Increment(ref s_last)}";

    /// <summary>The same client with its token, under another name in the log.</summary>
    public Party Again() => new(Exchange, Organisation) { Client = Client, Secret = Secret, Scope = Scope, At = At, TokensFrom = TokensFrom, TokenPath = TokenPath, _token = _token };

    public Task<Reply> GetAsync(string path, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Get, path, null, headers);

    public Task<Reply> PostAsync(string path, JsonObject? body = null, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, path, Json(body?.ToJsonString() ?? "{}"), headers);

    public async Task<string> GetTextAsync(string path) => (await GetAsync(path)).Is(200).Text;

    public static HttpContent Json(string body) => new StringContent(body, Encoding.UTF8, "application/json");

    public async Task<Reply> SendAsync(HttpMethod method, string path, HttpContent? content, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        request.Headers.Authorization = new("Bearer", await TokenAsync());
        request.Headers.Add("Interop-Actor", Actor);
        // As curl does: whoever is refused before all of it is sent would else at times be cut off instead of answered.
        request.Headers.ExpectContinue = content?.Headers.ContentLength is > 1_000_000;
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var response = await (At ?? Exchange.Http).SendAsync(request);
        return await Reply.OfAsync(response);
    }

    /// <summary>What the log says this client did, in order.</summary>
    internal Task<List<AuditEntry>> AuditedAsync() => Exchange.EntriesAsync(entries => entries.Where(e => e.Actor == Actor));

    public async Task<string> TokenAsync()
    {
        if (_token is { } known && (Exchange.Now - known.Since).Duration() < TimeSpan.FromMinutes(4))
            return known.Token;
        var form = new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["client_id"] = Client, ["client_secret"] = Secret };
        if (Scope is not null)
            form["scope"] = Scope;
        using var content = new FormUrlEncodedContent(form);
        using var response = await (TokensFrom ?? At ?? Exchange.Http).PostAsync(TokenPath, content);
        var reply = (await Reply.OfAsync(response)).Is(200);
        var token = reply["access_token"]!;
        _token = (token, Exchange.Now);
        return token;
    }
}

/// <summary>The justice side: refers, cancels, disposes, and reads.</summary>
public sealed class Court(Exchange exchange, string organisation = "juzgado-central") : Party(exchange, organisation)
{
    public async Task<Reply> ReferAsync(JsonObject referral) => (await PostAsync("/v1/referrals", referral)).Is(201);

    public Task<Reply> ReadAsync(Guid referral) => GetAsync($"/v1/referrals/{referral}");

    public Task<Reply> HistoryAsync(Guid referral) => GetAsync($"/v1/referrals/{referral}/history");

    public Task<Reply> ReportsAsync(Guid referral) => GetAsync($"/v1/referrals/{referral}/compliance-updates");

    public Task<Reply> CancelAsync(Guid referral) => PostAsync($"/v1/referrals/{referral}/cancellation", new JsonObject { ["reason"] = "Fuga" });

    public Task<Reply> ReassignAsync(Guid referral, string provider) =>
        PostAsync($"/v1/referrals/{referral}/reassignment", new JsonObject { ["providerId"] = provider, ["reason"] = "Sin cupo" });

    public Task<Reply> DisposeAsync(Guid matter, DateTimeOffset? at = null) =>
        PostAsync($"/v1/matters/{matter}/final-disposition", new JsonObject { ["at"] = A.Time(at ?? Exchange.Now) });
}

/// <summary>The care side: answers, schedules, treats, reports.</summary>
public sealed class Clinic(Exchange exchange, string organisation = "centro-esperanza") : Party(exchange, organisation)
{
    public Task<Reply> ReadAsync(Guid referral) => GetAsync($"/v1/referrals/{referral}");

    public Task<Reply> HistoryAsync(Guid referral) => GetAsync($"/v1/referrals/{referral}/history");

    public Task<Reply> AcceptAsync(Guid referral, params (string System, string Value)[] identifiers) => ActAsync(referral, "acceptance",
        new() { ["identifiers"] = new JsonArray([.. identifiers.Select(i => new JsonObject { ["system"] = i.System, ["value"] = i.Value })]) });

    public Task<Reply> RejectAsync(Guid referral) => ActAsync(referral, "rejection", new() { ["reason"] = "Sin cupo" });

    public Task<Reply> ScheduleAsync(Guid referral, DateTimeOffset? at = null) =>
        ActAsync(referral, "appointments", new() { ["at"] = A.Time(at ?? Exchange.Now.AddDays(2)), ["kind"] = "assessment" });

    public Task<Reply> OutcomeAsync(Guid referral, Guid appointment, string outcome) =>
        ActAsync(referral, $"appointments/{appointment}/outcome", new() { ["outcome"] = outcome });

    public Task<Reply> AdmitAsync(Guid referral) => ActAsync(referral, "admission");

    public Task<Reply> HoldAsync(Guid referral) => ActAsync(referral, "hold", new() { ["reason"] = "Hospitalización" });

    public Task<Reply> ResumeAsync(Guid referral) => ActAsync(referral, "resumption");

    public Task<Reply> DischargeAsync(Guid referral, string kind = "completed") => ActAsync(referral, "discharge", new() { ["kind"] = kind });

    public Task<Reply> RequestCancellationAsync(Guid referral) => ActAsync(referral, "cancellation-request", new() { ["reason"] = "Cierre" });

    public Task<Reply> ConfirmCancellationAsync(Guid referral) => ActAsync(referral, "cancellation-confirmation");

    public Task<Reply> ReportAsync(Guid referral, string category, string value, DateTimeOffset? occurredAt = null) =>
        PostAsync($"/v1/referrals/{referral}/compliance-updates", A.Report(category, value, occurredAt ?? Exchange.Now));

    public Task<Reply> ReportsAsync(Guid referral) => GetAsync($"/v1/referrals/{referral}/compliance-updates");

    public Task<Reply> ActAsync(Guid referral, string act, JsonObject? body = null) => PostAsync($"/v1/referrals/{referral}/{act}", body);
}

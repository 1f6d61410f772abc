using Interop.Platform;
using Interop.Server.Tests.World;

namespace Interop.Server.Tests.Identity;

/// <summary>A token for a secret, and what it may do.</summary>
public abstract class TokenTests(SharedExchange shared) : IdentityTests(shared)
{
    [Theory]
    [InlineData("juzgado-central:juzgado-central-secret", null)]
    [InlineData(null, "juzgado-central-secret")]
    public async Task A_secret_brings_a_token_by_header_or_by_form(string? basic, string? secret)
    {
        var reply = (await FormAsync(Exchange, "/connect/token",
            secret is null ? Grant(null) : Grant(null, ("client_id", "juzgado-central"), ("client_secret", secret)), basic)).Is(200);
        Assert.Equal("Bearer", reply["token_type"]);
        Assert.InRange(int.Parse(reply["expires_in"]!, null), 290, 900);
        Assert.Contains("no-store", reply.Headers.CacheControl?.ToString() ?? "", StringComparison.Ordinal);
        (await UseAsync(Exchange, reply["access_token"]!)).Is(200);
    }

    [Fact]
    public async Task A_wrong_secret_and_an_unknown_client_are_refused_alike()
    {
        var (client, secret) = await NewClientAsync(Exchange);
        var wrong = IsInvalidClient(await TokenAsync(client, secret + "x"));
        var absent = IsInvalidClient(await TokenAsync(A.Unique("nobody"), secret));
        Assert.Equal(wrong.Text, absent.Text);
        IsInvalidClient(await FormAsync(Exchange, "/connect/token", Grant(null), $"{client}:wrong"));
        IsInvalidClient(await TokenAsync("centro-esperanza", secret)); // another client's
        (await TokenAsync(client, secret)).Is(200);
    }

    [Theory]
    [InlineData("juzgado-central", "court")]
    [InlineData("fiscalia-central", "prosecutor")]
    [InlineData("libertad-vigilada", "supervision")]
    [InlineData("centro-esperanza", "provider")]
    [InlineData("servicios-sociales", "social-services")]
    [InlineData("contraloria", "oversight")]
    [InlineData("observatorio", "statistics")]
    [InlineData("admin", "operator")]
    public async Task Without_a_scope_a_token_holds_everything_that_its_kind_may(string organisation, string kind)
    {
        var granted = (await TokenAsync(organisation, $"{organisation}-secret")).Is(200)["scope"]!.Split(' ');
        Assert.Equal(Scopes.For(OrganisationKinds.Parse(kind)!.Value).Order(), granted.Order());
        if (kind is "court" or "prosecutor" or "supervision")
            Assert.DoesNotContain(granted, s => (s.StartsWith("system/", StringComparison.Ordinal) && s != Scopes.ConsentAll) || s is "compliance:write" or "audit:read" or "admin");
    }

    [Theory]
    [InlineData("juzgado-central", "referrals:read", "referrals:read")]
    [InlineData("juzgado-central", "referrals:read audit:read admin system/Task.r", "referrals:read")]
    [InlineData("juzgado-central", "  consents:read   referrals:read ", "consents:read referrals:read")]
    [InlineData("centro-esperanza", "system/Task.r", "system/Task.r")]
    [InlineData("centro-esperanza", "system/Task.cruds", "system/Task.rus")]
    [InlineData("centro-esperanza", "system/Task.read", "system/Task.rs")]
    [InlineData("centro-esperanza", "system/Task.write system/Patient.write", "system/Task.u")]
    [InlineData("centro-esperanza", "system/*.r", "system/Task.r system/ServiceRequest.r system/Patient.r system/Consent.r")]
    [InlineData("juzgado-central", "system/*.cruds", "system/Consent.crus")]
    [InlineData("centro-esperanza", "system/Patient.rs system/Observation.rs", "system/Patient.rs")]
    public async Task A_token_holds_what_was_asked_for_as_far_as_the_client_may(string client, string asked, string granted) =>
        Assert.Equal(granted.Split(' ').Order(), (await TokenAsync(client, $"{client}-secret", asked)).Is(200)["scope"]!.Split(' ').Order());

    [Theory]
    [InlineData("juzgado-central", "compliance:write")]
    [InlineData("juzgado-central", "system/Task.r")]
    [InlineData("juzgado-central", "openid")]
    [InlineData("juzgado-central", "referrals:READ")]
    [InlineData("libertad-vigilada", "system/Patient.rs compliance:write")]
    [InlineData("fiscalia-central", "audit:read admin")]
    [InlineData("centro-esperanza", "system/Task.c")]
    [InlineData("centro-esperanza", "system/Task.sr")]
    [InlineData("centro-esperanza", "system/Task.rs?status=requested")]
    [InlineData("centro-esperanza", "patient/Task.rs")]
    [InlineData("contraloria", "referrals:read")]
    public async Task Nothing_left_to_grant_is_an_invalid_scope(string client, string asked)
    {
        var reply = await TokenAsync(client, $"{client}-secret", asked);
        Assert.Equal("invalid_scope", reply.Is(400)["error"]);
        Assert.Null(reply["access_token"]);
    }

    [Fact]
    public async Task A_scope_that_was_not_asked_for_is_not_there()
    {
        var court = new Court(Exchange) { Scope = "referrals:read" };
        (await court.GetAsync("/v1/referrals")).Is(200);
        var refused = (await court.PostAsync("/v1/referrals", A.Referral())).Refuses(403, " scope.missing");
        Assert.Contains("referrals:write", refused.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);

        var reader = new Clinic(Exchange) { Scope = "system/Task.r" };
        (await reader.GetAsync("/fhir/Task")).Is(403);
        (await reader.GetAsync($"/fhir/Task/{Guid.CreateVersion7(Exchange.Now)}")).Is(404);
        (await reader.GetAsync($"/fhir/Patient/{Guid.CreateVersion7(Exchange.Now)}")).Is(403);
    }

    [Theory]
    [InlineData("juzgado-central", "compliance:write")]
    [InlineData("juzgado-central", "system/Task.r")]
    [InlineData("libertad-vigilada", "audit:read")]
    [InlineData("centro-esperanza", "system/*.rs")]
    [InlineData("centro-esperanza", "admin")]
    public async Task A_client_cannot_be_registered_with_more_than_its_kind_may(string organisation, string scope) =>
        (await new Party(Exchange, "admin").PostAsync("/v1/clients", new System.Text.Json.Nodes.JsonObject
        {
            ["clientId"] = A.Unique("client"), ["organisation"] = organisation, ["scopes"] = new System.Text.Json.Nodes.JsonArray("consents:evaluate", scope),
        })).Refuses(422, "scopes[1] scope.kind");

    [Fact]
    public async Task A_client_registered_with_less_holds_less()
    {
        var (client, secret) = await NewClientAsync(Exchange, "centro-esperanza", "referrals:read", "system/Task.rs");
        Assert.Equal("referrals:read system/Task.rs", (await TokenAsync(client, secret)).Is(200)["scope"]);
        Assert.Equal("system/Task.rs", (await TokenAsync(client, secret, "system/Task.rus referrals:write")).Is(200)["scope"]);
    }

    [Theory]
    [InlineData("password")]
    [InlineData("authorization_code")]
    [InlineData("refresh_token")]
    [InlineData("urn:ietf:params:oauth:grant-type:device_code")]
    [InlineData("implicit")]
    public async Task Client_credentials_are_the_one_grant(string grant)
    {
        var form = Grant(null, ("client_id", "juzgado-central"), ("client_secret", "juzgado-central-secret"), ("code", "x"), ("username", "x"), ("password", "x"), ("refresh_token", "x"));
        form["grant_type"] = grant;
        Assert.Equal("unsupported_grant_type", (await FormAsync(Exchange, "/connect/token", form)).Is(400)["error"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("a.b.c")]
    [InlineData("eyJhbGciOiJub25lIn0.eyJzdWIiOiJqdXpnYWRvLWNlbnRyYWwiLCJvcmciOiJqdXpnYWRvLWNlbnRyYWwifQ.")]
    public async Task What_is_no_token_of_ours_opens_nothing(string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/directory/organisations");
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        using var response = await Exchange.Http.SendAsync(request);
        var reply = (await Reply.OfAsync(response)).Refuses(401);
        Assert.Contains("Bearer", reply.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_stands_in_the_header_and_nowhere_else()
    {
        var token = (await TokenAsync("juzgado-central", "juzgado-central-secret")).Is(200)["access_token"]!;
        using var query = await Exchange.Http.GetAsync($"/v1/directory/organisations?access_token={token}");
        Assert.Equal(401, (int)query.StatusCode);
        using var form = await Exchange.Http.PostAsync("/fhir/Task/_search", new FormUrlEncodedContent(new Dictionary<string, string> { ["access_token"] = token }));
        Assert.Equal(401, (int)form.StatusCode);
    }
}

public sealed class TokenOnSqlite(SqliteExchange shared) : TokenTests(shared);

public sealed class TokenOnPostgreSql(PostgreSqlExchange shared) : TokenTests(shared);

using System.Collections.Immutable;
using Interop.Audit;
using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using OpenIddict.Validation;
using OpenIddict.Validation.AspNetCore;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers;

namespace Interop.Identity;

internal static class IdentityModule
{
    public static readonly string[] AuthenticationMethods = ["private_key_jwt", "client_secret_basic", "client_secret_post"];
    public static readonly string[] SmartCapabilities = ["client-confidential-asymmetric", "client-confidential-symmetric", "permission-v2"];

    public static IServiceCollection AddIdentity(this IServiceCollection services, IConfiguration configuration)
    {
        var options = IdentityOptions.From(configuration);
        services.AddSingleton(options);
        services.AddSingleton(ClientTables.Tables);
        services.AddScoped<ClientManager>();
        services.AddScoped<ClientRegister>();
        services.AddSingleton<SigningKeys>();
        services.AddSingleton<ClientStanding>();
        services.AddSingleton<KnownTokens>();
        services.AddSingleton<Lockout>();
        services.AddSingleton<ConnectDoor>();
        services.AddSingleton<ConnectFailures>();
        services.AddSingleton<PartnerKeys>();
        services.AddHttpClient();
        services.AddWorker<ExpiredProofs>(Signal.Clock, TimeSpan.FromMinutes(1));
        services.AddOpenIddict()
            .AddCore(core => core
                .SetDefaultApplicationEntity<Client>()
                .ReplaceApplicationStore<Client, ClientStore>()
                .ReplaceApplicationManager<Client, ClientManager>()
                .DisableEntityCaching())
            .AddServer(server => Configure(server, options))
            .AddValidation(validation => Configure(validation, options));
        services.AddOptions<OpenIddictServerOptions>().Configure<SigningKeys>((server, keys) =>
        {
            server.SigningCredentials.AddRange(keys.NewestFirst());
            server.EncryptionCredentials.Add(new(keys.EncryptionKey(), SecurityAlgorithms.Aes256KW, SecurityAlgorithms.Aes256CbcHmacSha512));
        });
        services.AddAuthentication(OpenIddictValidationAspNetCoreDefaults.AuthenticationScheme);
        return services;
    }

    /// <summary>The authorization server and who calls. Before the doorkeeper.</summary>
    public static WebApplication UseIdentity(this WebApplication app)
    {
        var (door, tokens) = (app.Services.GetRequiredService<ConnectDoor>(), app.Services.GetRequiredService<KnownTokens>());
        app.Use((http, next) => door.InvokeAsync(http, new(next)));
        app.UseWhen(http => !IdentityPaths.IsOurs(http.Request.Path), api => api.Use((http, next) => tokens.RecogniseAsync(http, new(next))));
        ((IApplicationBuilder)app).Properties["__AuthenticationMiddlewareSet"] = true; // ASP.NET Core, not seeing into the branch, would put another before everything
        app.UseWhen(http => !KnownTokens.IsRecognised(http), stranger => stranger.UseAuthentication().Use((http, next) => tokens.RememberAsync(http, new(next))));
        return app;
    }

    public static IEndpointRouteBuilder MapIdentity(this IEndpointRouteBuilder endpoints)
    {
        foreach (var path in (string[])[IdentityPaths.SmartConfiguration, "fhir/" + IdentityPaths.SmartConfiguration])
            endpoints.MapGet(path, SmartConfiguration.Get).IsPublic().ExcludeFromDescription();
        var clients = endpoints.MapGroup("/v1/clients").WithTags("Identity");
        clients.MapPost("/", ClientsApi.Create).Does("client.create", Actions.Create, Scopes.Admin).WithSummary("Register a client of an organisation")
            .Takes<ClientInput>().Produces<ClientView>(201).Refuses(400, 409, 422);
        clients.MapGet("/", ClientsApi.List).Does("client.list", Actions.Query, Scopes.Admin).WithSummary("List the clients")
            .Produces<Page<ClientView>>().Refuses(400)
            .Asks("organisation", "Of this organisation alone.").Pages();
        clients.MapGet("/{id}", ClientsApi.Get).Does("client.read", Actions.Read, Scopes.Admin).WithSummary("Read a client")
            .Produces<ClientView>().Refuses(404);
        clients.MapPost("/{id}/rotation", ClientsApi.Rotate).Does("client.rotate", Actions.Update, Scopes.Admin).WithSummary("Give a client a new secret or new keys")
            .Takes<RotationInput>().Produces<ClientView>().Refuses(400, 404, 409, 412, 422);
        clients.MapPost("/{id}/disablement", ClientsApi.Disable).Does("client.disable", Actions.Update, Scopes.Admin).WithSummary("Disable a client, for good")
            .Produces<ClientView>().Refuses(400, 404, 412, 422);
        return endpoints;
    }

    static void Configure(OpenIddictServerBuilder server, IdentityOptions options)
    {
        if (options.IssuerBase is { } issuer)
            server.SetIssuer(issuer);
        server.SetTokenEndpointUris(IdentityPaths.Token)
            .SetIntrospectionEndpointUris(IdentityPaths.Introspection)
            .SetRevocationEndpointUris(IdentityPaths.Revocation)
            .SetJsonWebKeySetEndpointUris(IdentityPaths.Keys)
            .AllowClientCredentialsFlow()
            .SetAccessTokenLifetime(options.TokenLifetime)
            .DisableAccessTokenEncryption()
            .DisableTokenStorage()
            .DisableAuthorizationStorage()
            // SMART's scopes are open-ended, and what a client holds is ours to know.
            .DisableScopeValidation()
            .DisableResourceValidation()
            .IgnoreScopePermissions()
            .IgnoreResourcePermissions()
            .IgnoreEndpointPermissions()
            .IgnoreGrantTypePermissions()
            .UseAspNetCore().DisableTransportSecurityRequirement(); // TLS ends before us, or the client is on this machine

        server.AddEventHandler<ValidateTokenContext>(h => h
            .UseScopedHandler<ClientAssertionRules>()
            .SetOrder(Protection.ResolveTokenValidationParameters.Descriptor.Order + 500));
        server.AddEventHandler<ProcessAuthenticationContext>(h => h
            .UseScopedHandler<ClientAssertionsOnce>()
            .SetOrder(ValidateClientAssertion.Descriptor.Order + 500));
        server.AddEventHandler<ValidateTokenContext>(h => h
            .UseSingletonHandler<TokenStandingAtServer>()
            .SetOrder(Protection.ValidateExpirationDate.Descriptor.Order + 500));
        server.AddEventHandler<HandleTokenRequestContext>(h => h.UseScopedHandler<TokenGrant>());
        server.AddEventHandler<HandleRevocationRequestContext>(h => h.UseScopedHandler<TokenRevocation>());
        server.AddEventHandler<HandleIntrospectionRequestContext>(h => h.UseInlineHandler(c =>
        {
            // Only the client itself gets this far (RFC 7662 section 2.2): it may know what its token says.
            c.Scopes.UnionWith(c.GenericTokenPrincipal.GetScopes());
            foreach (var claim in (string[])[Doorkeeper.OrganisationClaim, Doorkeeper.KindClaim])
                c.Claims[claim] = c.GenericTokenPrincipal.GetClaim(claim);
            return default;
        }).SetOrder(Introspection.AttachPrincipal.Descriptor.Order + 500));

        // Not RegisterScopes, which keeps OpenID's own "openid": there are no users here to sign in.
        server.Configure(o =>
        {
            o.Scopes.Clear();
            o.Scopes.UnionWith(Scopes.All);
            o.TokenValidationParameters.ClockSkew = ClientAssertionsOnce.Skew; // the default would accept assertions for five minutes after their end
        });
        server.RemoveEventHandler(Revocation.RevokeToken.Descriptor); // it looks for stored tokens

        const int First = int.MinValue + 100_000;
        server.AddEventHandler<ApplyTokenResponseContext>(h => h.UseInlineHandler(c =>
        {
            if (c.Response.AccessToken is not null && c.Transaction.GetProperty<string>(TokenGrant.Granted) is { } granted)
                c.Response.Scope = granted; // always, as SMART requires
            return Failures(c).HandleAsync(c.Response, c.Request);
        }).SetOrder(First));
        server.AddEventHandler<ApplyIntrospectionResponseContext>(h => h.UseInlineHandler(c => Failures(c).HandleAsync(c.Response, c.Request)).SetOrder(First));
        server.AddEventHandler<ApplyRevocationResponseContext>(h => h.UseInlineHandler(c => Failures(c).HandleAsync(c.Response, c.Request)).SetOrder(First));

        server.AddEventHandler<HandleConfigurationRequestContext>(h => h.UseInlineHandler(c =>
        {
            c.Metadata["token_endpoint_auth_signing_alg_values_supported"] = new(ImmutableArray.Create<string?>(ClientKeys.Algorithms));
            c.Metadata["capabilities"] = new(ImmutableArray.Create<string?>(SmartCapabilities));
            return default;
        }));

        static ConnectFailures Failures(BaseContext context) =>
            context.Transaction.GetHttpRequest()!.HttpContext.RequestServices.GetRequiredService<ConnectFailures>();
    }

    static void Configure(OpenIddictValidationBuilder validation, IdentityOptions options)
    {
        validation.UseLocalServer();
        validation.Configure(o => o.TokenValidationParameters.ClockSkew = TimeSpan.Zero); // we issued it, by our own clock
        validation.UseAspNetCore()
            // A token stands in the Authorization header and nowhere else: addresses are logged, bodies are the modules'.
            .DisableAccessTokenExtractionFromQueryString()
            .DisableAccessTokenExtractionFromBodyForm();
        validation.AddEventHandler<OpenIddictValidationEvents.ValidateTokenContext>(h => h
            .UseSingletonHandler<TokenStandingAtApi>()
            .SetOrder(OpenIddictValidationHandlers.Protection.ValidateExpirationDate.Descriptor.Order + 500));
        if (options.IssuerBase is null)
            // This machine has several names; a token that it issued under one of them is good under the others.
            validation.AddEventHandler<OpenIddictValidationEvents.ValidateTokenContext>(h => h
                .UseInlineHandler(c =>
                {
                    c.TokenValidationParameters!.IssuerValidator = (issuer, _, _) =>
                        Uri.TryCreate(issuer, UriKind.Absolute, out var uri) && ConnectDoor.IsLoopback(uri.Host)
                            ? issuer
                            : throw new SecurityTokenInvalidIssuerException("Not issued on this machine.");
                    return default;
                })
                .SetOrder(OpenIddictValidationHandlers.Protection.ResolveTokenValidationParameters.Descriptor.Order + 500));
    }
}

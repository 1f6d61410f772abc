using System.Collections.Immutable;
using Interop.Audit;
using Interop.Identity.External;
using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
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
        services.AddSingleton(new RefusalFormat(OAuthFormat.Prefix, OAuthFormat.WriteAsync));
        services.AddScoped<ClientManager>();
        services.AddScoped<ClientRegister>();
        services.AddSingleton<SigningKeys>();
        services.AddSingleton<ClientStanding>();
        services.AddHttpClient();
        services.AddWorker<ExpiredProofs>(Signal.Clock, TimeSpan.FromMinutes(1));
        var openIddict = services.AddOpenIddict().AddCore(core => core
            .SetDefaultApplicationEntity<Client>()
            .ReplaceApplicationStore<Client, ClientStore>()
            .ReplaceApplicationManager<Client, ClientManager>()
            .DisableEntityCaching());
        return options.Authority is null ? services.AddEmbeddedServer(openIddict, options) : services.AddAuthority();
    }

    static IServiceCollection AddEmbeddedServer(this IServiceCollection services, OpenIddictBuilder openIddict, IdentityOptions options)
    {
        services.AddSingleton<KnownTokens>();
        services.AddSigningKeyWatch();
        services.AddSingleton<Lockout>();
        services.AddSingleton<ConnectDoor>();
        services.AddSingleton<ConnectFailures>();
        services.AddSingleton<PartnerKeys>();
        openIddict
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

    static void AddSigningKeyWatch(this IServiceCollection services)
    {
        services.AddSingleton<SigningKeyWatch>().AddHostedService(p => p.GetRequiredService<SigningKeyWatch>());
        services.AddSingleton<SigningKeysChanged<OpenIddictServerOptions>>()
            .AddSingleton<IOptionsChangeTokenSource<OpenIddictServerOptions>>(p => p.GetRequiredService<SigningKeysChanged<OpenIddictServerOptions>>());
        services.AddSingleton<SigningKeysChanged<OpenIddictValidationOptions>>()
            .AddSingleton<IOptionsChangeTokenSource<OpenIddictValidationOptions>>(p => p.GetRequiredService<SigningKeysChanged<OpenIddictValidationOptions>>());
    }

    /// <summary>Tokens come from elsewhere: nothing of the authorization server is here.</summary>
    static IServiceCollection AddAuthority(this IServiceCollection services)
    {
        services.AddHttpClient(Authority.HttpClientName)
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(5), PooledConnectionLifetime = TimeSpan.FromMinutes(1) })
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .RemoveAllLoggers();
        return services.AddSingleton<Authority>().AddSingleton<Members>().AddSingleton<AuthorityTokens>();
    }

    /// <summary>The authorization server and who calls. Before the doorkeeper.</summary>
    /// <param name="issues">Tokens come from here. Otherwise this node only checks what another issued under the same keys.</param>
    public static WebApplication UseIdentity(this WebApplication app, bool issues = true)
    {
        if (app.Services.GetService<AuthorityTokens>() is { } foreign)
        {
            app.Use(foreign.InvokeAsync);
            return app;
        }
        if (!issues)
            app.Use((http, next) =>
            {
                if (!IdentityPaths.IsServers(http.Request.Path))
                    return next(http);
                http.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            });
        var (door, tokens) = (app.Services.GetRequiredService<ConnectDoor>(), app.Services.GetRequiredService<KnownTokens>());
        app.Use(door.InvokeAsync);
        app.UseWhen(http => !IdentityPaths.IsOurs(http.Request.Path), api => api.Use(tokens.RecogniseAsync));
        ((IApplicationBuilder)app).Properties["__AuthenticationMiddlewareSet"] = true; // ASP.NET Core, not seeing into the branch, would put another before everything
        app.UseWhen(http => !KnownTokens.IsRecognised(http), stranger => stranger.UseAuthentication().Use(tokens.RememberAsync));
        return app;
    }

    /// <summary>Where tokens are to be had: said by who issues them and, for FHIR's sake, by who takes them.</summary>
    public static void MapDiscovery(this IEndpointRouteBuilder endpoints)
    {
        var external = endpoints.ServiceProvider.GetRequiredService<IdentityOptions>().Authority is not null;
        foreach (var path in (string[])[IdentityPaths.SmartConfiguration, "fhir/" + IdentityPaths.SmartConfiguration])
            endpoints.MapGet(path, external ? AuthorityPages.Smart : (Delegate)SmartConfiguration.Get).IsPublic().ExcludeFromDescription();
        if (external)
            foreach (var path in (string[])[Authority.Discovery, ".well-known/oauth-authorization-server"])
                endpoints.MapGet(path, AuthorityPages.Discovery).IsPublic().ExcludeFromDescription();
        endpoints.MapGet(".well-known/oauth-protected-resource", ProtectedResource.Get).IsPublic().ExcludeFromDescription();
    }

    public static IEndpointRouteBuilder MapClients(this IEndpointRouteBuilder endpoints)
    {
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
            if (c.Response.AccessToken is not null)
            {
                TokenMetrics.Issued.Add(1);
                Failures(c).Proven();
            }
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

using System.Text.Json.Serialization;
using Interop.Identity;
using Interop.Platform.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Interop.Server.OpenApi;

/// <summary>
/// The interface described: <c>/openapi/v1.json</c>, drawn from the routes' own metadata, and the page at <c>/swagger</c> that reads
/// it. Committed under contracts/openapi; a test holds the two together.
/// </summary>
internal static class Description
{
    public const string Version = "v1";

    public static IServiceCollection AddDescription(this IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(options =>
        {
            Json.Apply(options.SerializerOptions);
            options.SerializerOptions.NumberHandling = JsonNumberHandling.Strict; // numbers are not read from text
        });
        return services.AddOpenApi(Version, options =>
        {
            var schemas = new Schemas();
            options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
            // FHIR describes itself, by its CapabilityStatement.
            options.ShouldInclude = operation => operation.RelativePath is { } path
                && (path.StartsWith("v1/", StringComparison.Ordinal) || path.StartsWith("access/", StringComparison.Ordinal)
                    || path.StartsWith("cds-services", StringComparison.Ordinal) || path.StartsWith(".well-known/authzen", StringComparison.Ordinal));
            options.CreateSchemaReferenceId = schemas.NameOf;
            options.AddSchemaTransformer(Schemas.WriteAsync);
            options.AddOperationTransformer(Operations.WriteAsync);
            options.AddDocumentTransformer((document, context, _) =>
            {
                Cover.Write(document, context.ApplicationServices.GetRequiredService<IdentityOptions>().Authority);
                schemas.Complete(document);
                return Task.CompletedTask;
            });
        });
    }

    /// <param name="demonstration">The page logs in as the demonstration court: its secret is known to everybody.</param>
    public static void MapDescription(this WebApplication app, bool demonstration)
    {
        // Made once: it is the same for everybody, and nobody need log in to ask for it.
        var document = new Lazy<Task<byte[]>>(() => MakeAsync(app.Services));
        app.MapGet($"/openapi/{Version}.json", async () => TypedResults.Bytes(await document.Value, "application/json; charset=utf-8")).IsPublic().ExcludeFromDescription();
        // It looks at each address with expressions of its own: not at those of others.
        app.UseWhen(http => http.Request.Path.StartsWithSegments("/swagger"), pages => pages.UseSwaggerUI(page =>
        {
            page.DocumentTitle = "Interop";
            page.SwaggerEndpoint($"/openapi/{Version}.json", "Interop v1");
            page.EnableDeepLinking();
            page.DisplayOperationId();
            page.DisplayRequestDuration();
            page.DefaultModelsExpandDepth(0);
            page.DocExpansion(Swashbuckle.AspNetCore.SwaggerUI.DocExpansion.List);
            page.EnablePersistAuthorization();
            if (!demonstration)
                return;
            page.OAuthClientId("juzgado-central");
            page.OAuthClientSecret("juzgado-central-secret");
        }));
    }

    static async Task<byte[]> MakeAsync(IServiceProvider services)
    {
        await using var scope = services.CreateAsyncScope();
        var document = await scope.ServiceProvider.GetRequiredKeyedService<IOpenApiDocumentProvider>(Version).GetOpenApiDocumentAsync();
        using var bytes = new MemoryStream();
        await document.SerializeAsJsonAsync(bytes, OpenApiSpecVersion.OpenApi3_1);
        return bytes.ToArray();
    }
}

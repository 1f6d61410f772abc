using Interop.Server.Tests.World;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Interop.Server.Tests.Identity.External;

/// <summary>
/// The address of an authority that stays while the authority behind it, another exchange's own identity server, comes, goes and
/// changes. It passes on under its own name, so that documents and tokens carry that.
/// </summary>
internal sealed class Front : IAsyncDisposable
{
    readonly WebApplication _app;

    public Front()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel().UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(PassOnAsync);
    }

    public string Url => _app.Urls.Single() + "/";

    /// <summary>null: nobody answers.</summary>
    public Exchange? Behind { get; set; }

    public int Asked { get; private set; }

    public static async Task<Front> StartAsync()
    {
        var front = new Front();
        await front._app.StartAsync();
        return front;
    }

    async Task PassOnAsync(HttpContext http)
    {
        Asked++;
        if (Behind is not { } behind)
        {
            http.Abort();
            return;
        }
        using var request = new HttpRequestMessage(new(http.Request.Method), http.Request.Path + http.Request.QueryString) { Headers = { Host = http.Request.Host.Value } };
        if (http.Request.ContentType is { } type)
        {
            request.Content = new StreamContent(http.Request.Body);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        }
        using var response = await behind.Http.SendAsync(request);
        http.Response.StatusCode = (int)response.StatusCode;
        http.Response.ContentType = response.Content.Headers.ContentType?.ToString();
        await response.Content.CopyToAsync(http.Response.Body);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}

using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Interop.Server.Tests.Identity;

/// <summary>Where a partner publishes its keys: a real listener.</summary>
internal sealed class KeysAddress : IAsyncDisposable
{
    readonly WebApplication _app;
    int _asked;

    KeysAddress()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel().UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(http =>
        {
            Interlocked.Increment(ref _asked);
            return Answer(http.Response);
        });
    }

    public static async Task<KeysAddress> StartAsync(JsonObject? keys = null)
    {
        var address = new KeysAddress();
        if (keys is not null)
            address.Publishes(keys);
        await address._app.StartAsync();
        return address;
    }

    public string Uri => $"{_app.Urls.Single()}/jwks.json";

    public int Asked => _asked;

    public Func<HttpResponse, Task> Answer { get; set; } = _ => Task.CompletedTask;

    public void Publishes(JsonObject keys)
    {
        var bytes = Encoding.UTF8.GetBytes(keys.ToJsonString());
        Answer = response =>
        {
            response.ContentType = "application/json";
            return response.Body.WriteAsync(bytes).AsTask();
        };
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}

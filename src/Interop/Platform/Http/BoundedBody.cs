using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Interop.Platform.Http;

/// <summary>
/// The only reader of bodies: whole, and within a bound. Who sends more is answered all the same: what nobody takes the server reads
/// away for some seconds, where beyond a bound of its own it would close on a caller that still sends, and whose system then throws
/// the answer away.
/// </summary>
internal static class BoundedBody
{
    /// <returns>Null where it is larger than <paramref name="most"/> bytes.</returns>
    public static async Task<byte[]?> ReadAsync(HttpRequest request, int most, CancellationToken ct)
    {
        LetGo(request.HttpContext);
        if (request.ContentLength > most)
            return null;
        while (true)
        {
            var read = await request.BodyReader.ReadAsync(ct);
            var large = read.Buffer.Length > most;
            if (!large && !read.IsCompleted)
            {
                request.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                continue;
            }
            var bytes = large ? null : read.Buffer.ToArray();
            request.BodyReader.AdvanceTo(read.Buffer.End);
            return bytes;
        }
    }

    /// <returns>Null where the form is larger than <paramref name="most"/> bytes.</returns>
    /// <exception cref="InvalidDataException">It is no form, or has more members than <paramref name="options"/> allow.</exception>
    public static async Task<IFormCollection?> ReadFormAsync(HttpRequest request, int most, FormOptions options, CancellationToken ct)
    {
        if (await ReadAsync(request, most, ct) is not { } bytes)
            return null;
        request.Body = new MemoryStream(bytes);
        return await request.ReadFormAsync(options, ct);
    }

    /// <summary>For requests that are answered without their bodies being read.</summary>
    public static Task WhenAnsweredAsync(HttpContext http, RequestDelegate next)
    {
        if (http.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true })
            http.Response.OnStarting(LetGoAsync, http);
        return next(http);
    }

    static Task LetGoAsync(object http)
    {
        LetGo((HttpContext)http);
        return Task.CompletedTask;
    }

    /// <summary>The server's own bound guards against readers that have none: here is one, or nobody reads any more.</summary>
    static void LetGo(HttpContext http)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = null;
    }
}

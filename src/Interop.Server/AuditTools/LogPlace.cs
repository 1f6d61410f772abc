using System.Net;
using System.Text.Json;
using Interop.AuditLog;

namespace Interop.Server.AuditTools;

/// <summary>Where a log is read: an address, or a folder in which its files lie under the same paths.</summary>
internal sealed class LogPlace(string place) : IDisposable
{
    readonly HttpClient? _http = IsAddress(place)
        ? new(new SocketsHttpHandler { AllowAutoRedirect = false, AutomaticDecompression = DecompressionMethods.All }) { BaseAddress = new(place.TrimEnd('/') + "/"), Timeout = TimeSpan.FromSeconds(30) }
        : null;

    public static bool IsAddress(string place) => Uri.TryCreate(place, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https";

    public bool IsRemote => _http is not null;

    /// <exception cref="IOException">It cannot be read: nothing can be said about the log.</exception>
    public async Task<byte[]?> ReadAsync(string path, CancellationToken ct)
    {
        if (_http is null)
        {
            var file = Path.Combine([place, .. path.Split('/')]);
            return File.Exists(file) ? File.ReadAllBytes(file) : null; // small files, one after the other: asynchronously they take three times as long
        }
        try
        {
            using var response = await _http.GetAsync(path, ct);
            return response.StatusCode switch
            {
                HttpStatusCode.OK => await response.Content.ReadAsByteArrayAsync(ct),
                HttpStatusCode.NotFound => null,
                var other => throw new IOException($"{_http.BaseAddress}{path} answered {(int)other}."),
            };
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !ct.IsCancellationRequested)
        {
            throw new IOException($"{_http.BaseAddress}{path} cannot be reached. {e.Message}", e);
        }
    }

    /// <summary>The keys with which the log says that it signs.</summary>
    public async Task<IReadOnlyList<VerifierKey>> KeysAsync(CancellationToken ct)
    {
        if (await ReadAsync("keys", ct) is not { } bytes)
            return [];
        try
        {
            using var json = JsonDocument.Parse(bytes);
            return [.. json.RootElement.GetProperty("keys").EnumerateArray().Select(k => VerifierKey.Parse(k.GetProperty("key").GetString()!))];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or ArgumentNullException)
        {
            throw new FormatException("The log's list of keys is none.", e);
        }
    }

    public static Task WriteAsync(string folder, string path, byte[] bytes)
    {
        var file = Path.Combine([folder, .. path.Split('/')]);
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllBytes($"{file}.new", bytes);
        File.Move($"{file}.new", file, overwrite: true);
        return Task.CompletedTask;
    }

    /// <summary>Removes a file of the log that a wider one has replaced.</summary>
    public static Func<string, CancellationToken, Task> Remover(string folder) => (path, _) =>
    {
        File.Delete(Path.Combine([folder, .. path.Split('/')]));
        return Task.CompletedTask;
    };

    public void Dispose() => _http?.Dispose();
}

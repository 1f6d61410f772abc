using System.Diagnostics;

namespace Interop.Server.Tests.World;

/// <summary>A file system of a few megabytes, that a test can fill and clear. It takes root to mount one.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    readonly string _filler;

    SmallDisk(string folder) => (Folder, _filler) = (folder, Path.Combine(folder, "filler"));

    public string Folder { get; }

    /// <param name="owner">The user whose folder it is; null: this process's.</param>
    public static async Task<SmallDisk> MountAsync(int megabytes, string? owner = null)
    {
        Assert.SkipUnless(Environment.UserName == "root", "No small disk: mounting one takes root.");
        var folder = System.IO.Directory.CreateTempSubdirectory("interop-disk-").FullName;
        await RunAsync("mount", "-t", "tmpfs", "-o", $"size={megabytes}m,mode=0700", "tmpfs", folder);
        if (owner is not null)
            await RunAsync("chown", owner, folder);
        return new(folder);
    }

    /// <summary>Takes all the room that is left.</summary>
    public async Task FillAsync()
    {
        var block = new byte[4096];
        await using var filler = new FileStream(_filler, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (true)
                await filler.WriteAsync(block);
        }
        catch (IOException)
        {
            // No space left on device.
        }
    }

    public void Clear() => File.Delete(_filler);

    public async ValueTask DisposeAsync()
    {
        await RunAsync("umount", Folder);
        System.IO.Directory.Delete(Folder);
    }

    static async Task RunAsync(string program, params string[] arguments)
    {
        using var run = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var errors = await run.StandardError.ReadToEndAsync();
        await run.WaitForExitAsync();
        Assert.SkipWhen(run.ExitCode != 0 && program == "mount", $"No small disk: {errors.Trim()}");
        Assert.True(run.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {errors}");
    }
}

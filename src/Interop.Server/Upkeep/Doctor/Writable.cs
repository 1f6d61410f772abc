using System.Runtime.InteropServices;
using System.Text;

namespace Interop.Server.Upkeep.Doctor;

/// <summary>Whether this user may write to a folder, found out without writing.</summary>
internal static class Writable
{
    const int Write = 2;
    const int Enter = 1;

    public static bool Is(string folder) =>
        OperatingSystem.IsWindows() ? (File.GetAttributes(folder) & FileAttributes.ReadOnly) == 0 : Access(Encoding.UTF8.GetBytes(folder + "\0"), Write | Enter) == 0;

    [DllImport("libc", EntryPoint = "access")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    static extern int Access(byte[] path, int mode);
}

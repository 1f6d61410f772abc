using Interop.Identity;
using Interop.Platform;

namespace Interop.Server.Upkeep.Doctor;

/// <summary>The key folder: there, nobody else's, complete, not too old.</summary>
internal static class KeysCheck
{
    const UnixFileMode Others = (UnixFileMode)0b111_111;

    /// <summary>After how long a key should be replaced.</summary>
    static readonly TimeSpan s_life = TimeSpan.FromDays(365);

    /// <param name="needed">The keys that the database's secrets are sealed with; null where that is not known.</param>
    public static IReadOnlyList<Finding> Of(IConfiguration configuration, Place place, IReadOnlySet<string>? needed, Surroundings surroundings)
    {
        if (!System.IO.Directory.Exists(place.Keys))
            return needed is { Count: > 0 }
                ? [Finding.Error("keys-missing", $"There is no key folder {place.Keys}, and the database has secrets that only its keys open.", "Restore the folder from its backup, or set INTEROP_KEYS to where it is.")]
                : [Finding.Note("keys-none", $"There is no key folder {place.Keys} yet.", "`interop keys init`, as the server's user, or let the first start make it.")];
        var findings = new List<Finding>();
        try
        {
            var folder = new KeyFolder(configuration, new(place.Data));
            var signing = new SigningKeys(folder, new(surroundings.Time)).Files();
            var wrapping = SecretBox.Files(folder);
            findings.AddRange(Modes(place.Keys));
            findings.AddRange(signing.Select(SigningKeys.FaultOf).OfType<string>().Select(f => Finding.Error("key-unusable", f, "Take the file out of the folder, or restore it.")));
            findings.AddRange(Ages("signing", signing, place.Keys, surroundings.Time.GetUtcNow()));
            findings.AddRange(Ages("wrapping", wrapping, place.Keys, surroundings.Time.GetUtcNow()));
            var first = wrapping.Any(k => k.Name == SecretBox.First);
            foreach (var id in (needed ?? new HashSet<string>()).Where(id => id == SecretBox.First ? !first : wrapping.All(k => SecretBox.IdOf(k) != id)))
                findings.Add(Finding.Error("key-missing", $"Secrets in the database are sealed with the wrapping key {id}, which is not in {place.Keys}.", "Restore it from the backup of the key folder. Until then their webhooks cannot be signed."));
            if (findings.Count == 0)
                findings.Add(Finding.Ok("keys", $"{signing.Count} signing and {wrapping.Count} wrapping keys in {place.Keys}, readable by their owner alone."));
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            findings.Add(Finding.Error("keys-unreadable", $"The key folder cannot be read: {e.Message}", "Make it and its files those of the server's user, and run this as that user."));
        }
        return findings;
    }

    static IEnumerable<Finding> Modes(string folder)
    {
        if (OperatingSystem.IsWindows())
            yield break;
        if ((File.GetUnixFileMode(folder) & Others) != 0)
            yield return Finding.Error("keys-open", $"Others than its owner may enter {folder}.", $"chmod 700 {folder}");
        foreach (var file in System.IO.Directory.GetFiles(folder).Order(StringComparer.Ordinal))
            if (Path.GetExtension(file) is ".key" or ".pem" && (File.GetUnixFileMode(file) & Others) != 0) // the log's last checkpoint is no secret
                yield return Finding.Error("keys-open", $"Others than its owner may read {file}.", $"chmod 600 {file}");
    }

    static IEnumerable<Finding> Ages(string kind, IReadOnlyList<KeyFile> keys, string folder, DateTimeOffset now)
    {
        if (keys.LastOrDefault(k => k.IsUsed(now)) is not { } current)
            yield break;
        var age = now - (current.Since ?? new(File.GetLastWriteTimeUtc(Path.Combine(folder, current.Name)), TimeSpan.Zero));
        if (age > s_life)
            yield return Finding.Warning("key-old", $"The {kind} key {current.Name} has been in use for {(int)age.TotalDays} days.", $"interop keys rotate {kind}");
    }
}

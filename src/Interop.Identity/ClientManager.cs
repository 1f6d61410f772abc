using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;
using OpenIddict.Core;

namespace Interop.Identity;

/// <summary>OpenIddict's, with the one thing of it that we need from outside: how it keeps secrets.</summary>
internal sealed class ClientManager(
    IOpenIddictApplicationCache<Client> cache, ILogger<OpenIddictApplicationManager<Client>> log,
    IOptionsMonitor<OpenIddictCoreOptions> options, IOpenIddictApplicationStore<Client> store)
    : OpenIddictApplicationManager<Client>(cache, log, options, store)
{
    public ValueTask<string> HashAsync(string secret, CancellationToken ct) => ObfuscateClientSecretAsync(secret, ct);
}

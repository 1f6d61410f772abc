using System.Text.Json;
using System.Text.Json.Nodes;
using Interop.Directory;
using Interop.Platform;
using Interop.Platform.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Interop.Identity;

/// <summary>
/// What an operator needs before there is a client to call with: the administration over REST as commands, with the same rules.
/// </summary>
internal static class ClientCommands
{
    public const string Usage =
        """
        organisation add <id> <name> <kind> [--jurisdiction <iso3166>] [--language <en|es|fr|pt>] [--time-zone <iana>]
        organisation list
        service add <organisation> <name> <service> [--needs <a,b>] [--languages <a,b>] [--jurisdiction <iso3166>] [--places-free <n>]
        service list [<organisation>]
        client add <id> <organisation> [--scopes <a,b>] [--jwks <file> | --jwks-uri <address>]
        client rotate <id> [--jwks <file> | --jwks-uri <address>]
        client disable <id>
        client list
        """;

    public static bool Knows(string[] args) => args is ["organisation" or "service" or "client", ..];

    /// <returns>The exit code: 0 done, 1 refused, 2 not understood.</returns>
    public static async Task<int> RunAsync(string[] args, IServiceProvider services, TextWriter output, CancellationToken ct)
    {
        await using var scope = services.CreateAsyncScope();
        var p = scope.ServiceProvider;
        var (words, body) = Parse(args);
        if (body is null)
            return await UsageAsync(output);
        var register = p.GetRequiredService<OrganisationRegister>();
        var clients = p.GetRequiredService<ClientRegister>();
        var caller = Caller.Exchange with { Client = "command", Actor = Environment.UserName };
        switch (words)
        {
            case ["organisation", "add", var id, var name, var kind]:
                (body["id"], body["name"], body["kind"]) = (id, name, kind);
                return await ActAsync(OrganisationInput.Read, input => register.AddAsync(caller, input, ct), o => $"{o.Id}  {o.Kind.Code}  {o.Name}");
            case ["service", "add", var organisation, var name, var service]:
                (body["name"], body["service"]) = (name, service);
                return await ActAsync(CareServiceInput.Read, input => register.AddServiceAsync(caller, organisation, input, ct), s => $"{s.Id}  {s.Organisation}  {s.Service}");
            case ["client", "add", var id, var organisation]:
                (body["clientId"], body["organisation"]) = (id, organisation);
                return await ActAsync(ClientsApi.ReadClient, input => clients.AddAsync(caller, input.Id, input.Organisation, input.Scopes, input.Proof, ct), Shown);
            case ["client", "rotate", var id]:
                return await ActAsync(
                    ClientsApi.ReadProof,
                    async proof => await clients.FindAsync(id, ct) is { } client ? await clients.RotateAsync(caller, client, proof, ct) : Refusal.NotFound,
                    Shown);
            case ["client", "disable", var id]:
                return await ActAsync<string, Client>(
                    _ => id,
                    async _ =>
                    {
                        if (await clients.FindAsync(id, ct) is not { } client)
                            return Refusal.NotFound;
                        await clients.DisableAsync(caller, client, ct);
                        return client;
                    },
                    c => $"{c.ClientId}  disabled");
            case ["organisation", "list"]:
                foreach (var o in await p.GetRequiredService<Db>().Organisations.AsNoTracking().OrderBy(o => o.Id).ToListAsync(ct))
                    await output.WriteLineAsync($"{o.Id}  {o.Kind.Code}  {o.Name}");
                return 0;
            case ["service", "list", .. var of] when of.Length < 2:
                foreach (var s in await p.GetRequiredService<Db>().SearchServicesAsync(new(Organisation: of.FirstOrDefault()), null, int.MaxValue, ct))
                    await output.WriteLineAsync($"{s.Id}  {s.Organisation}  {s.Service}  {s.Name}");
                return 0;
            case ["client", "list"]:
                foreach (var c in await p.GetRequiredService<Db>().Clients.AsNoTracking().OrderBy(c => c.ClientId).ToListAsync(ct))
                    await output.WriteLineAsync($"{c.ClientId}  {c.Organisation}  {(c.SecretHash is null ? "private_key_jwt" : "client_secret")}{(c.DisabledAt is null ? "" : "  disabled")}");
                return 0;
            default:
                return await UsageAsync(output);
        }

        async Task<int> ActAsync<TInput, T>(Func<Fields, TInput> read, Func<TInput, Task<Answer<T>>> act, Func<T, string> show)
        {
            var input = Fields.Read(JsonSerializer.SerializeToElement(body), read, out var refusal);
            if (refusal is null)
            {
                var answer = await p.GetRequiredService<Work>().RunAsync(() => act(input), ct);
                if ((refusal = answer.Refusal) is null)
                {
                    await output.WriteLineAsync(show(answer.Value!));
                    return 0;
                }
            }
            await output.WriteLineAsync(Language.Text("en", $"problem.{refusal.Code}"));
            foreach (var fault in refusal.Faults)
                await output.WriteLineAsync($"  {fault.Path}: {Language.Text("en", $"fault.{fault.Code}", fault.Arguments)}");
            return 1;
        }
    }

    static string Shown(Registered r) =>
        r.Secret is null ? r.Client.ClientId : $"{r.Client.ClientId}\nsecret, shown this once: {r.Secret}";

    static async Task<int> UsageAsync(TextWriter output)
    {
        await output.WriteLineAsync(Usage);
        return 2;
    }

    /// <summary>Words, and <c>--names</c> with a value each as members of the body that the API would be sent; null where one has no value.</summary>
    static (string[] Words, JsonObject? Body) Parse(string[] args)
    {
        var words = new List<string>();
        var body = new JsonObject();
        for (var i = 0; i < args.Length; i++)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal))
            {
                words.Add(args[i]);
                continue;
            }
            var equals = args[i].IndexOf('=', StringComparison.Ordinal);
            if (equals < 0 && i + 1 == args.Length)
                return ([], null);
            var (name, value) = equals < 0 ? (args[i], args[++i]) : (args[i][..equals], args[i][(equals + 1)..]);
            switch (name)
            {
                case "--jwks":
                    try
                    {
                        body["jwks"] = JsonNode.Parse(File.ReadAllText(value));
                    }
                    catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
                    {
                        body["jwks"] = value; // no object: refused as such
                    }
                    break;
                case "--needs" or "--languages" or "--scopes":
                    body[name[2..]] = new JsonArray([.. value.Split(',').Select(v => JsonValue.Create(v))]);
                    break;
                case "--places-free":
                    body["placesFree"] = int.TryParse(value, out var places) ? places : value;
                    break;
                case "--time-zone":
                    body["timeZone"] = value;
                    break;
                case "--jwks-uri":
                    body["jwksUri"] = value;
                    break;
                case "--jurisdiction" or "--language":
                    body[name[2..]] = value;
                    break;
                // Anything else is for the host's configuration: --INTEROP_DATA <folder>.
            }
        }
        return ([.. words], body);
    }
}

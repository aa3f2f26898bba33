using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;

namespace AllocationBroker.Client.Tests;

/// <summary>clients/csharp/src as Unity's package manager takes it.</summary>
public class PackageTests
{
    private static readonly string Root = Path.Combine(Path.GetDirectoryName(ThisFile())!, "..");
    private static readonly string Package = Path.Combine(Root, "src");

    private static string ThisFile([CallerFilePath] string path = "") => path;

    private static JsonElement Manifest =>
        JsonDocument.Parse(File.ReadAllText(Path.Combine(Package, "package.json"))).RootElement;

    /// <summary>Unity ignores folders whose name ends in a tilde, and a file without a .meta in an installed package.</summary>
    [Fact]
    public void Every_file_and_folder_has_a_meta_file_with_a_lasting_id()
    {
        var paths = Directory.EnumerateFileSystemEntries(Package, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Package, path).Replace('\\', '/'))
            .Where(path => !path.Split('/').Any(part => part.EndsWith('~')))
            .ToList();
        Assert.Contains("Runtime/AllocationClient.cs", paths);
        foreach (var path in paths.Where(path => !path.EndsWith(".meta", StringComparison.Ordinal)))
        {
            var meta = Path.Combine(Package, path + ".meta");
            Assert.True(File.Exists(meta), $"missing: {path}.meta with the text\n{MetaOf(path)}");
            Assert.Equal(MetaOf(path), File.ReadAllText(meta));
        }
        var orphans = paths.Where(path => path.EndsWith(".meta", StringComparison.Ordinal))
            .Where(path => !paths.Contains(path[..^5]));
        Assert.Empty(orphans);
    }

    private static string MetaOf(string path)
    {
        var name = Encoding.UTF8.GetBytes("com.allocationbroker.client/" + path);
#pragma warning disable CA5351 // A name, not a secret.
        var guid = Convert.ToHexStringLower(MD5.HashData(name));
#pragma warning restore CA5351
        var folder = Directory.Exists(Path.Combine(Package, path)) ? "folderAsset: yes\n" : "";
        return $"fileFormatVersion: 2\nguid: {guid}\n{folder}";
    }

    [Fact]
    public void Both_packages_have_one_version_and_depend_on_nothing()
    {
        var project = XDocument.Load(Path.Combine(Root, "AllocationBroker.Client.csproj"));
        Assert.Equal(project.Descendants("Version").Single().Value, Manifest.GetProperty("version").GetString());
        Assert.Empty(project.Descendants("PackageReference"));
        Assert.False(Manifest.TryGetProperty("dependencies", out _));
        var referenced = typeof(AllocationClient).Assembly.GetReferencedAssemblies();
        Assert.Equal(["netstandard"], referenced.Select(assembly => assembly.Name));
    }

    [Fact]
    public void The_samples_are_where_the_manifest_says()
    {
        var sample = Assert.Single(Manifest.GetProperty("samples").EnumerateArray());
        Assert.True(File.Exists(Path.Combine(Package, sample.GetProperty("path").GetString()!, "FirstHost.cs")));
    }

    /// <summary>IL2CPP strips what only reflection uses.</summary>
    [Fact]
    public void The_sources_use_no_reflection()
    {
        string[] signs = ["System.Reflection", "Activator", "GetType(", "typeof(", "dynamic ", "System.Text.Json", "Linq.Expressions"];
        var sources = Directory.EnumerateFiles(Path.Combine(Package, "Runtime"), "*.cs", SearchOption.AllDirectories);
        Assert.All(sources, source => Assert.DoesNotContain(signs, sign => File.ReadAllText(source).Contains(sign, StringComparison.Ordinal)));
    }

    [Fact]
    public void The_page_for_godot_shows_the_script_that_is_compiled()
    {
        var page = File.ReadAllText(Path.Combine(Root, "../../docs/clients/godot.md"));
        var script = File.ReadAllText(Path.Combine(Root, "test/godot/FirstHost.cs"));
        Assert.Contains($"```csharp\n{script}```\n", page, StringComparison.Ordinal);
    }

    [Fact]
    public void It_carries_the_projects_licence()
    {
        var licence = File.ReadAllText(Path.Combine(Root, "../../LICENSE"));
        Assert.Equal(licence, File.ReadAllText(Path.Combine(Package, "LICENSE.md")));
        Assert.Equal(licence, File.ReadAllText(Path.Combine(Root, "LICENSE")));
    }
}

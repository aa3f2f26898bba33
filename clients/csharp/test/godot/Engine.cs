namespace Godot;

// Exactly the calls of the engine that the page makes.
#pragma warning disable CA1711, CA1716
public class Node
{
    public virtual void _Ready()
    {
    }
}

public static class GD
{
    public static void Print(string what) => Console.WriteLine(what);

    public static void PrintErr(string what) => Console.Error.WriteLine(what);
}

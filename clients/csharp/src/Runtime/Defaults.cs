#nullable enable
namespace AllocationBroker
{
    /// <summary>What a client uses unless its options say otherwise.</summary>
    internal static class Defaults
    {
#if UNITY_5_3_OR_NEWER
        internal static IAllocationTransport Transport() => new UnityWebRequestTransport();

        internal static IAllocationClock Clock() => new UnityClock();
#else
        internal static IAllocationTransport Transport() => new HttpClientTransport();

        internal static IAllocationClock Clock() => new SystemClock();
#endif
    }
}

#nullable enable
namespace AllocationBroker.Asking
{
    /// <summary>Where the client goes on after it has waited for something.</summary>
    internal static class Continuation
    {
        /// <summary>
        /// In Unity on the engine's main thread, which its web requests need, and where WebGL has no other. Elsewhere
        /// anywhere, so that a caller that blocks its own thread does not block the client.
        /// </summary>
        internal const bool OnCapturedContext =
#if UNITY_5_3_OR_NEWER
            true;
#else
            false;
#endif
    }
}

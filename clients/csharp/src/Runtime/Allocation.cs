#nullable enable
using System.Collections.Generic;

namespace AllocationBroker
{
    /// <summary>
    /// Where the session runs: the same for every player of the session. It does not say that the host is still
    /// alive.
    /// </summary>
    public sealed class Allocation
    {
        internal Allocation(string sessionId, string hostName, IReadOnlyList<AllocatedPort> ports, string region)
        {
            SessionId = sessionId;
            HostName = hostName;
            Ports = ports;
            Region = region;
        }

        /// <summary>The session, in lower case with hyphens.</summary>
        public string SessionId { get; }

        /// <summary>The name or address to connect to.</summary>
        public string HostName { get; }

        /// <summary>The ports that the game server listens on, as seen from outside.</summary>
        public IReadOnlyList<AllocatedPort> Ports { get; }

        /// <summary>Where the host is.</summary>
        public string Region { get; }

        /// <summary>Base64: what the client needs to open the secure association with the host.</summary>
        public string? SecureContext { get; internal set; }

        /// <summary>True when another call of the session had obtained the host.</summary>
        public bool Replayed { get; internal set; }
    }

    /// <summary>A port of the host.</summary>
    public sealed class AllocatedPort
    {
        internal AllocatedPort(string name, int port, string? protocol)
        {
            Name = name;
            Port = port;
            Protocol = protocol;
        }

        /// <summary>The port's name in the game's build.</summary>
        public string Name { get; }

        /// <summary>The port to connect to.</summary>
        public int Port { get; }

        /// <summary>If the fleet names it, such as <c>UDP</c>.</summary>
        public string? Protocol { get; }
    }

    /// <summary>What the broker knows of a session.</summary>
    public sealed class SessionLookup
    {
        internal SessionLookup(Allocation? allocation, bool pending)
        {
            Allocation = allocation;
            IsPending = pending;
        }

        /// <summary>The session's host; null when it has none, or none yet.</summary>
        public Allocation? Allocation { get; }

        /// <summary>A host may be on its way.</summary>
        public bool IsPending { get; }
    }
}

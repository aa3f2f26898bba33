#nullable enable
namespace AllocationBroker
{
    /// <summary>A place where servers can be.</summary>
    public sealed class Location
    {
        /// <summary>A location, with a beacon if it has one.</summary>
        public Location(string name, Beacon? beacon = null)
        {
            Name = name;
            Beacon = beacon;
        }

        /// <summary>The name to send in <see cref="AllocationRequest.Latencies"/>.</summary>
        public string Name { get; }

        /// <summary>What to measure the latency against, if there is anything (<c>qos</c> on the wire).</summary>
        public Beacon? Beacon { get; }
    }

    /// <summary>What answers a round trip from a location.</summary>
    public sealed class Beacon
    {
        /// <summary>A beacon by its address.</summary>
        public Beacon(string protocol, string host, int port)
        {
            Protocol = protocol;
            Host = host;
            Port = port;
        }

        /// <summary><c>udp</c>: an echo; <c>http</c> or <c>https</c>: a round trip. There may be others.</summary>
        public string Protocol { get; }

        /// <summary>A name, an IPv4 or an IPv6 address.</summary>
        public string Host { get; }

        /// <summary>The port.</summary>
        public int Port { get; }
    }
}

#nullable enable
using System;
using System.Collections.Generic;

namespace AllocationBroker
{
    /// <summary>
    /// What to ask for. To ask again for the same match, from the same or another device, use the same
    /// <see cref="SessionId"/>: that never starts a second host. Fill at most one of <see cref="Latencies"/> and
    /// <see cref="Players"/>.
    /// </summary>
    public sealed class AllocationRequest
    {
        /// <param name="gameMode">One of the game modes that the broker is configured with.</param>
        public AllocationRequest(string gameMode) => GameMode = gameMode;

        /// <summary>
        /// The match: the same GUID for all of its players, in any of the usual spellings, and a new one for each
        /// match. Until it is set, a new one.
        /// </summary>
        public string SessionId { get; set; } = Guid.NewGuid().ToString();

        /// <summary>One of the game modes that the broker is configured with.</summary>
        public string GameMode { get; set; }

        /// <summary>The calling player's own measurements.</summary>
        public IReadOnlyList<Latency>? Latencies { get; set; }

        /// <summary>The whole party's measurements, when a matchmaker asks.</summary>
        public IReadOnlyList<Player>? Players { get; set; }

        /// <summary>How many players will ask, from 1 to 64; used where the game mode gathers them.</summary>
        public int? PartySize { get; set; }

        /// <summary>Handed to the game server as it is; at most 4096 bytes of UTF-8.</summary>
        public string? SessionCookie { get; set; }
    }

    /// <summary>One measured round trip.</summary>
    public sealed class Latency
    {
        /// <param name="location">A location's name, as <see cref="Location.Name"/> has it.</param>
        /// <param name="milliseconds">Above 0 and at most 60000; any other number counts as not measured.</param>
        public Latency(string location, double milliseconds)
        {
            Location = location;
            Milliseconds = milliseconds;
        }

        /// <summary>A location's name, as <see cref="AllocationBroker.Location.Name"/> has it.</summary>
        public string Location { get; }

        /// <summary>The round trip in milliseconds.</summary>
        public double Milliseconds { get; }
    }

    /// <summary>One player of a party, as a matchmaker describes it.</summary>
    public sealed class Player
    {
        /// <summary>
        /// The id by which the game server knows the player. If every player has one and the servers are on PlayFab,
        /// the game server may admit these players only.
        /// </summary>
        public string? PlayerId { get; set; }

        /// <summary>The player's measurements.</summary>
        public IReadOnlyList<Latency>? Latencies { get; set; }
    }
}

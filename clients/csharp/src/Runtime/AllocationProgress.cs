#nullable enable
using System;

namespace AllocationBroker
{
    /// <summary>What the client does at the moment.</summary>
    public enum AllocationStep
    {
        /// <summary>A request goes out.</summary>
        Asking,

        /// <summary>The client waits before it asks again.</summary>
        Waiting,

        /// <summary>The session has its host.</summary>
        Allocated,
    }

    /// <summary>What a waiting player can be shown.</summary>
    public sealed class AllocationProgress
    {
        internal AllocationProgress(AllocationStep step, int attempt, TimeSpan elapsed)
        {
            Step = step;
            Attempt = attempt;
            Elapsed = elapsed;
        }

        /// <summary>What the client does at the moment.</summary>
        public AllocationStep Step { get; }

        /// <summary>Which attempt this is, from 1.</summary>
        public int Attempt { get; }

        /// <summary>Since the call began.</summary>
        public TimeSpan Elapsed { get; }

        /// <summary>While <see cref="AllocationStep.Waiting"/>: how long, until the next attempt.</summary>
        public TimeSpan Wait { get; internal set; }

        /// <summary>
        /// While <see cref="AllocationStep.Waiting"/>: why. <c>pending</c>, <c>connection-lost</c>, a code of
        /// docs/problems.md, or <c>http-</c> and a status.
        /// </summary>
        public string Reason { get; internal set; } = "";

        /// <summary>While <see cref="AllocationStep.Waiting"/>: the reason in words, for a log.</summary>
        public string Detail { get; internal set; } = "";

        /// <summary>One line for a log.</summary>
        public override string ToString()
        {
            var start = $"{Elapsed.TotalSeconds:0.0} s: {Step} (attempt {Attempt})";
            return Step == AllocationStep.Waiting
                ? $"{start}, {Wait.TotalSeconds:0.0} s because of {Reason}: {Detail}"
                : start;
        }
    }
}

#nullable enable
using System;
using System.Threading;
using System.Threading.Tasks;

namespace AllocationBroker.Asking
{
    /// <summary>Asks until the answer is final, the deadline passes, or the caller cancels.</summary>
    internal sealed class Persistence
    {
        /// <summary>
        /// What ends so long after the deadline was not merely late: the device slept, or the app was suspended.
        /// </summary>
        private static readonly TimeSpan Oversleep = TimeSpan.FromMilliseconds(250);

        /// <summary>For the one look after that: a session that has its host is answered at once.</summary>
        private static readonly TimeSpan LastLook = TimeSpan.FromSeconds(5);

        private readonly IAllocationClock clock;
        private readonly string address;
        private readonly Random random;
        private readonly TimeSpan start;
        private readonly TimeSpan patience;
        private TimeSpan deadline;
        private bool lookedAfterSleep;

        /// <param name="clock">Measures the deadline.</param>
        /// <param name="deadline">How long to go on.</param>
        /// <param name="address">The broker's, for messages.</param>
        internal Persistence(IAllocationClock clock, TimeSpan deadline, string address)
        {
            this.clock = clock;
            this.address = address;
            this.deadline = patience = deadline;
            // On some runtimes, Random takes its seed from a coarse clock, which many devices share.
            random = new Random(Guid.NewGuid().GetHashCode());
            start = clock.Now;
        }

        internal IProgress<AllocationProgress>? Progress { get; set; }

        /// <summary>Whether "not yet" answers the question.</summary>
        internal bool PendingIsFinal { get; set; }

        /// <summary>How long the caller wanted to wait, for messages.</summary>
        internal TimeSpan Patience => patience;

        /// <summary>How many requests have gone out.</summary>
        internal int Attempt { get; private set; }

        private TimeSpan Elapsed => clock.Now - start;

        /// <param name="ask">Sends one request, and has so much time for it.</param>
        /// <param name="cancellationToken">Ends it.</param>
        /// <returns>An answer after which asking again is of no use.</returns>
        /// <exception cref="AllocationException">The deadline has passed.</exception>
        internal async Task<Answer> RunAsync(Func<TimeSpan, Task<Answer>> ask, CancellationToken cancellationToken)
        {
            for (var unhinted = 0; ;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Attempt++;
                Report(AllocationStep.Asking);
                var answer = await ask(deadline - Elapsed).ConfigureAwait(Continuation.OnCapturedContext);
                cancellationToken.ThrowIfCancellationRequested();
                unhinted = RetryRule.SaysWhen(answer) ? 0 : unhinted + 1;
                var retry = RetryRule.Of(answer, unhinted, random.NextDouble(), address);
                if (retry == null || (PendingIsFinal && answer.Kind == AnswerKind.Pending)) return answer;
                // No use in making a player wait for an attempt that will not be made.
                if (Elapsed + retry.Wait < deadline)
                {
                    Report(AllocationStep.Waiting, retry);
                    await clock.DelayAsync(retry.Wait, cancellationToken)
                        .ConfigureAwait(Continuation.OnCapturedContext);
                    if (Elapsed < deadline) continue;
                }
                if (!MayLookAgain()) throw Failure.GaveUp(this, answer, retry);
            }
        }

        internal void Report(AllocationStep step, Retry? retry = null)
        {
            if (Progress == null) return;
            var progress = new AllocationProgress(step, Attempt, Elapsed);
            if (retry != null)
            {
                progress.Wait = retry.Wait;
                progress.Reason = retry.Reason;
                progress.Detail = retry.Detail;
            }
            Progress.Report(progress);
        }

        /// <summary>
        /// The deadline passed while the app was suspended, so the broker may have found a host meanwhile: one last
        /// look before giving up.
        /// </summary>
        private bool MayLookAgain()
        {
            if (lookedAfterSleep || Elapsed < deadline + Oversleep) return false;
            lookedAfterSleep = true;
            deadline = Elapsed + LastLook;
            return true;
        }
    }
}

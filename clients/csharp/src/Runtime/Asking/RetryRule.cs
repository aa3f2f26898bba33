#nullable enable
using System;

namespace AllocationBroker.Asking
{
    /// <summary>Ask again, not before the wait has passed.</summary>
    internal sealed class Retry
    {
        internal Retry(string reason, string detail, TimeSpan wait)
        {
            Reason = reason;
            Detail = detail;
            Wait = wait;
        }

        /// <summary>For programs: see <see cref="AllocationProgress.Reason"/>.</summary>
        internal string Reason { get; }

        /// <summary>For people.</summary>
        internal string Detail { get; }

        internal TimeSpan Wait { get; }
    }

    /// <summary>
    /// The retry rule of docs/integrating.md, all of it: whether an answer is worth another try with the same session
    /// id, and when. A time that the broker asks for is never undercut. While it asks for none, the wait doubles each
    /// time, half of it random.
    /// </summary>
    internal static class RetryRule
    {
        /// <summary>Quick enough for a player after a lost packet.</summary>
        private static readonly TimeSpan FirstBackOff = TimeSpan.FromMilliseconds(250);

        /// <summary>At this pace thousands of clients are no burden on a broker.</summary>
        private static readonly TimeSpan LongestBackOff = TimeSpan.FromSeconds(8);

        /// <summary>Clients that got the same time to wait must not come back in the same instant.</summary>
        private const double HintSpread = 0.25;

        /// <summary>"At once" is no time to wait: a gateway that says so for a minute must not be asked in a loop.</summary>
        internal static bool SaysWhen(Answer answer) => answer.RetryAfter > TimeSpan.Zero;

        /// <param name="answer">The last answer.</param>
        /// <param name="unhinted">How many answers in a row, this one included, have not said when to come back.</param>
        /// <param name="random">From 0 (inclusive) to 1 (exclusive).</param>
        /// <param name="address">The broker's, for messages.</param>
        /// <returns>Null when the answer is final.</returns>
        internal static Retry? Of(Answer answer, int unhinted, double random, string address)
        {
            var reason = ReasonOf(answer);
            if (reason == null) return null;
            var wait = SaysWhen(answer)
                ? answer.RetryAfter!.Value * (1 + (HintSpread * random))
                : BackOff(unhinted, random);
            return new Retry(reason, DetailOf(answer, address), wait);
        }

        private static string? ReasonOf(Answer answer)
        {
            switch (answer.Kind)
            {
                case AnswerKind.Pending:
                    return "pending";
                case AnswerKind.Lost:
                    return "connection-lost";
                case AnswerKind.Problem:
                    return answer.Problem!.Retryable ? answer.Problem.Code : null;
                case AnswerKind.Foreign:
                    return MayPass(answer.Status) ? "http-" + answer.Status : null;
                default:
                    return null;
            }
        }

        private static string DetailOf(Answer answer, string address)
        {
            switch (answer.Kind)
            {
                case AnswerKind.Pending:
                    return "a host may be on its way";
                case AnswerKind.Lost:
                    return $"no answer from {address}: {answer.CauseInWords}";
                case AnswerKind.Problem:
                    return answer.Problem!.Detail;
                default:
                    return $"a gateway answers at {address} instead of the broker";
            }
        }

        /// <summary>What a gateway or the platform answers when it did not reach the broker, or not in time.</summary>
        private static bool MayPass(int status) =>
            status == 408 || status == 425 || status == 429
            || status == 500 || status == 502 || status == 503 || status == 504;

        private static TimeSpan BackOff(int unhinted, double random)
        {
            var ceiling = FirstBackOff * Math.Pow(2, Math.Min(unhinted, 10) - 1);
            if (ceiling > LongestBackOff) ceiling = LongestBackOff;
            return ceiling / 2 * (1 + random);
        }
    }
}

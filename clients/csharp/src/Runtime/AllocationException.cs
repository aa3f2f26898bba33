#nullable enable
using System;

namespace AllocationBroker
{
    /// <summary>
    /// The one error of this client: decide on <see cref="Code"/>, show <see cref="Instance"/> to support. A call
    /// that its caller cancels ends with an <see cref="OperationCanceledException"/> instead.
    /// </summary>
    public sealed class AllocationException : Exception
    {
        /// <summary>An error of a transport that no repetition mends. It reaches the caller as it is.</summary>
        public AllocationException(string code, string message, Exception? innerException = null)
            : base(message, innerException) => Code = code;

        internal AllocationException(string code, string message, AllocationProblem? problem, Exception? cause = null)
            : this(code, message, cause) => Problem = problem;

        /// <summary>A code of docs/problems.md, or one of <see cref="AllocationErrorCode"/>.</summary>
        public string Code { get; }

        /// <summary>
        /// The broker's last problem, if there was one: after <see cref="AllocationErrorCode.DeadlineExceeded"/> it
        /// says what stood in the way.
        /// </summary>
        public AllocationProblem? Problem { get; }

        /// <summary>The number to quote to support, if the broker answered with a problem.</summary>
        public string? Instance => Problem?.Instance;
    }

    /// <summary>
    /// The codes of <see cref="AllocationException.Code"/>: those of the client itself, then those of the broker. A
    /// newer broker may have others.
    /// </summary>
    public static class AllocationErrorCode
    {
        /// <summary>No final answer in time, or the broker asked to wait until after the deadline.</summary>
        public const string DeadlineExceeded = "deadline-exceeded";

        /// <summary>What answered is no broker, or something in between answered for it.</summary>
        public const string UnexpectedAnswer = "unexpected-answer";

        /// <summary>The engine or the platform refused to send the request at all.</summary>
        public const string NotSent = "not-sent";

        /// <summary>The request does not fit the contract: <see cref="AllocationProblem.Errors"/> says where.</summary>
        public const string InvalidRequest = "invalid-request";

        /// <summary>The function key or the token is missing or wrong.</summary>
        public const string Unauthenticated = "unauthenticated";

        /// <summary>The token is for another session or game mode.</summary>
        public const string Forbidden = "forbidden";

        /// <summary>The session has no allocation.</summary>
        public const string UnknownSession = "unknown-session";

        /// <summary>The session has been ended, for good: a new match needs a new session id.</summary>
        public const string SessionEnded = "session-ended";

        /// <summary>The session was started with another game mode or cookie.</summary>
        public const string SessionMismatch = "session-mismatch";

        /// <summary>No location is close enough.</summary>
        public const string NoEligibleLocation = "no-eligible-location";

        /// <summary>The caller has started as many sessions as it may for now.</summary>
        public const string QuotaExceeded = "quota-exceeded";

        /// <summary>No server is free.</summary>
        public const string NoCapacity = "no-capacity";

        /// <summary>The fleet refuses the broker.</summary>
        public const string UpstreamRejected = "upstream-rejected";

        /// <summary>The fleet failed.</summary>
        public const string UpstreamFailed = "upstream-failed";

        /// <summary>The broker is not configured.</summary>
        public const string Misconfigured = "misconfigured";
    }
}

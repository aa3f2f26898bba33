#nullable enable
using System;
using System.Collections.Generic;

namespace AllocationBroker
{
    /// <summary>Why the broker did not do what was asked (RFC 9457). docs/problems.md describes each one.</summary>
    public sealed class AllocationProblem
    {
        internal AllocationProblem(string type, string code, int status)
        {
            Type = type;
            Code = code;
            Status = status;
        }

        /// <summary><c>urn:allocation-broker:problem:</c> and the code.</summary>
        public string Type { get; }

        /// <summary>What is wrong, for programs: decide by it and by <see cref="Retryable"/>.</summary>
        public string Code { get; }

        /// <summary>The HTTP status of the answer.</summary>
        public int Status { get; }

        /// <summary>The same for every problem of this code.</summary>
        public string Title { get; internal set; } = "";

        /// <summary>What is wrong this time, for people; the wording may change.</summary>
        public string Detail { get; internal set; } = "";

        /// <summary>Whether the same request, with the same session id, can succeed later.</summary>
        public bool Retryable { get; internal set; }

        /// <summary>How long to wait at least before that, if the broker said.</summary>
        public TimeSpan? RetryAfter { get; internal set; }

        /// <summary>The number to quote to support: it names this one answer in the broker's logs.</summary>
        public string Instance { get; internal set; } = "";

        /// <summary>Each mistake in the request.</summary>
        public IReadOnlyList<RequestMistake> Errors { get; internal set; } = Array.Empty<RequestMistake>();
    }

    /// <summary>One mistake in a request.</summary>
    public sealed class RequestMistake
    {
        internal RequestMistake(string pointer, string message)
        {
            Pointer = pointer;
            Message = message;
        }

        /// <summary>Where: a JSON Pointer (RFC 6901) into the body.</summary>
        public string Pointer { get; }

        /// <summary>What was expected there.</summary>
        public string Message { get; }
    }
}

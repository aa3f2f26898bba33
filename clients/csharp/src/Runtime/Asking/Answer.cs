#nullable enable
using System;
using AllocationBroker.Json;

namespace AllocationBroker.Asking
{
    internal enum AnswerKind
    {
        /// <summary>200 or 201 with an object.</summary>
        Ok,

        /// <summary>202: not yet.</summary>
        Pending,

        /// <summary>A problem of the broker.</summary>
        Problem,

        /// <summary>Not from the broker's code: the platform's empty answers, a proxy's page, a redirect.</summary>
        Foreign,

        /// <summary>No answer, or only a part of one: whether the broker acted on the request is not known.</summary>
        Lost,
    }

    /// <summary>What came of one request.</summary>
    internal sealed class Answer
    {
        internal Answer(AnswerKind kind, int status = 0)
        {
            Kind = kind;
            Status = status;
        }

        internal AnswerKind Kind { get; }

        internal int Status { get; }

        internal JsonValue? Body { get; set; }

        internal AllocationProblem? Problem { get; set; }

        /// <summary>What the answer asks for, if it does.</summary>
        internal TimeSpan? RetryAfter { get; set; }

        /// <summary>Where a redirect leads.</summary>
        internal string? RedirectsTo { get; set; }

        /// <summary>The body is a web page.</summary>
        internal bool IsPage { get; set; }

        /// <summary>Why the answer was lost.</summary>
        internal Exception? Cause { get; set; }

        /// <summary>The same in words. The outer exceptions of HttpClient say only that something failed.</summary>
        internal string CauseInWords
        {
            get
            {
                var cause = Cause;
                while (cause?.InnerException != null) cause = cause.InnerException;
                return cause?.Message ?? "";
            }
        }
    }
}

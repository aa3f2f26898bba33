#nullable enable
using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace AllocationBroker
{
    /// <summary>Sends one HTTP request.</summary>
    public interface IAllocationTransport
    {
        /// <summary>
        /// Sends the request and reads the whole answer, whatever its status. A transport follows no redirect, sends
        /// the body with its length, and ends the request after <see cref="TransportRequest.Timeout"/>.
        /// </summary>
        /// <exception cref="AllocationException">No repetition helps; the caller gets it as it is.</exception>
        /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
        /// <exception cref="Exception">Any other: there was no answer, or only a part of one. Its message says why.</exception>
        Task<TransportAnswer> SendAsync(TransportRequest request, CancellationToken cancellationToken);
    }

    /// <summary>One HTTP request.</summary>
    public sealed class TransportRequest
    {
        /// <summary>A request without a body.</summary>
        public TransportRequest(string method, Uri address, TimeSpan timeout)
        {
            Method = method;
            Address = address;
            Timeout = timeout;
        }

        /// <summary>GET, HEAD or POST.</summary>
        public string Method { get; }

        /// <summary>The absolute address.</summary>
        public Uri Address { get; }

        /// <summary>For the whole exchange.</summary>
        public TimeSpan Timeout { get; }

        /// <summary>Headers to send, <c>Content-Type</c> among them if there is a body.</summary>
        public Dictionary<string, string> Headers { get; } = new Dictionary<string, string>();

        /// <summary>The bytes to send, if any. They are the same in each attempt.</summary>
        public byte[]? Body { get; set; }
    }

    /// <summary>One HTTP answer.</summary>
    public sealed class TransportAnswer
    {
        /// <summary>An answer with its whole body.</summary>
        public TransportAnswer(int status, byte[] body)
        {
            Status = status;
            Body = body;
        }

        /// <summary>The names of the headers that the client reads; a transport may leave out all others.</summary>
        public static IReadOnlyList<string> HeadersRead { get; } = new[] { "Retry-After", "Date", "Location" };

        /// <summary>The status.</summary>
        public int Status { get; }

        /// <summary>The body; empty if there is none.</summary>
        public byte[] Body { get; }

        /// <summary>Headers, by their names in any case.</summary>
        public Dictionary<string, string> Headers { get; } =
            new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
    }
}

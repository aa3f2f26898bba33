#nullable enable
using System;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Threading;
using System.Threading.Tasks;
using AllocationBroker.Asking;

namespace AllocationBroker
{
    /// <summary>The transport for .NET and Godot: one connection pool for the whole process.</summary>
    public sealed class HttpClientTransport : IAllocationTransport
    {
        /// <summary>A broker's answer has a few kilobytes. A page that something else sends is cut off here.</summary>
        private const int MaxBodyBytes = 1024 * 1024;

        /// <summary>Timers of the platform hold 32 bits of milliseconds; a day is as good as for ever.</summary>
        private static readonly TimeSpan LongestTimeout = TimeSpan.FromDays(1);

        // Never disposed of: it lives as long as the process. The handler is its own, because one that follows
        // redirects would hand the function key to whatever host an answer names.
        private static readonly HttpClient Http = new HttpClient(
            new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };

        /// <inheritdoc />
        public async Task<TransportAnswer> SendAsync(TransportRequest request, CancellationToken cancellationToken)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(request.Timeout < LongestTimeout ? request.Timeout : LongestTimeout);
            try
            {
                using var message = MessageOf(request);
                using var response = await Http
                    .SendAsync(message, HttpCompletionOption.ResponseHeadersRead, limit.Token)
                    .ConfigureAwait(Continuation.OnCapturedContext);
                var body = await ReadAsync(response.Content, limit.Token)
                    .ConfigureAwait(Continuation.OnCapturedContext);
                var answer = new TransportAnswer((int)response.StatusCode, body);
                foreach (var name in TransportAnswer.HeadersRead)
                {
                    if (response.Headers.TryGetValues(name, out var values)) answer.Headers[name] = values.First();
                }
                return answer;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new TimeoutException($"no answer within {request.Timeout.TotalSeconds:0.#} s");
            }
        }

        private static HttpRequestMessage MessageOf(TransportRequest request)
        {
            var message = new HttpRequestMessage(new HttpMethod(request.Method), request.Address);
            // Bytes have a length, which goes out as Content-Length; JsonContent and streams have none.
            if (request.Body != null) message.Content = new ByteArrayContent(request.Body);
            foreach (var header in request.Headers)
            {
                HttpHeaders headers = message.Headers;
                if (header.Key == "Content-Type" && message.Content != null) headers = message.Content.Headers;
                headers.TryAddWithoutValidation(header.Key, header.Value);
            }
            return message;
        }

        private static async Task<byte[]> ReadAsync(HttpContent content, CancellationToken cancellationToken)
        {
            using var stream = await content.ReadAsStreamAsync().ConfigureAwait(Continuation.OnCapturedContext);
            using var body = new MemoryStream();
            var buffer = new byte[8192];
            while (body.Length < MaxBodyBytes)
            {
                var count = await stream
                    .ReadAsync(buffer, 0, buffer.Length, cancellationToken)
                    .ConfigureAwait(Continuation.OnCapturedContext);
                if (count == 0) break;
                body.Write(buffer, 0, count);
            }
            return body.ToArray();
        }
    }
}

#if UNITY_5_3_OR_NEWER
#nullable enable
using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using UnityEngine;
using UnityEngine.Networking;

namespace AllocationBroker
{
    /// <summary>
    /// The transport for Unity, consoles and WebGL included. Use the client on the main thread, as all of the engine.
    /// On WebGL the browser follows redirects by itself, and shows no headers unless the broker's CORS settings say so.
    /// </summary>
    public sealed class UnityWebRequestTransport : IAllocationTransport
    {
        /// <inheritdoc />
        public async Task<TransportAnswer> SendAsync(TransportRequest request, CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var web = WebRequestOf(request);
            var end = Time.realtimeSinceStartupAsDouble + request.Timeout.TotalSeconds;
            var operation = Send(web);
            while (!operation.isDone)
            {
                var late = Time.realtimeSinceStartupAsDouble >= end;
                if (late || cancellationToken.IsCancellationRequested) web.Abort();
                cancellationToken.ThrowIfCancellationRequested();
                if (late) throw new TimeoutException($"no answer within {request.Timeout.TotalSeconds:0.#} s");
                await Task.Yield();
            }
            return AnswerOf(web);
        }

        private static UnityWebRequest WebRequestOf(TransportRequest request)
        {
            var web = new UnityWebRequest(request.Address, request.Method)
            {
                downloadHandler = new DownloadHandlerBuffer(),
                // The function key would go along to wherever an answer points.
                redirectLimit = 0,
                useHttpContinue = false,
            };
            if (request.Body != null) web.uploadHandler = new UploadHandlerRaw(request.Body);
            foreach (var header in request.Headers) web.SetRequestHeader(header.Key, header.Value);
            return web;
        }

        private static UnityWebRequestAsyncOperation Send(UnityWebRequest web)
        {
            try
            {
                return web.SendWebRequest();
            }
            catch (InvalidOperationException refusal)
            {
                throw new AllocationException(
                    AllocationErrorCode.NotSent,
                    $"Unity refuses to send to {web.url}: {refusal.Message} An address with http (a broker on your "
                    + "machine) needs Player Settings, \"Allow downloads over HTTP\".",
                    refusal);
            }
        }

        private static TransportAnswer AnswerOf(UnityWebRequest web)
        {
            // Redirects count as errors of the connection in some versions, although there is an answer.
            var redirect = web.responseCode >= 300 && web.responseCode < 400;
            var whole = web.result == UnityWebRequest.Result.Success
                || web.result == UnityWebRequest.Result.ProtocolError;
            if (!whole && !redirect) throw new IOException(web.error);
            var answer = new TransportAnswer((int)web.responseCode, web.downloadHandler.data ?? Array.Empty<byte>());
            foreach (var name in TransportAnswer.HeadersRead)
            {
                var value = web.GetResponseHeader(name);
                if (value != null) answer.Headers[name] = value;
            }
            return answer;
        }
    }
}
#endif

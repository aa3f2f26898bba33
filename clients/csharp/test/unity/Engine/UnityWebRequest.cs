using System;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;

namespace UnityEngine.Networking
{
    public class UploadHandler
    {
        internal byte[] Bytes;
    }

    public sealed class UploadHandlerRaw : UploadHandler
    {
        public UploadHandlerRaw(byte[] data) => Bytes = data;
    }

    public class DownloadHandler
    {
        public byte[] data { get; internal set; }
    }

    public sealed class DownloadHandlerBuffer : DownloadHandler
    {
    }

    public sealed class UnityWebRequestAsyncOperation
    {
        private volatile bool done;

        public bool isDone
        {
            get => done;
            internal set => done = value;
        }
    }

    /// <summary>Over real connections, so that the package's transport meets real answers.</summary>
    public sealed class UnityWebRequest : IDisposable
    {
        private static readonly HttpClient Http = ClientOf(new HttpClientHandler { AllowAutoRedirect = false });
        private static readonly HttpClient Following = ClientOf(new HttpClientHandler());

        private readonly CancellationTokenSource aborted = new CancellationTokenSource();
        private readonly HttpRequestMessage message;
        private HttpResponseMessage response;

        private static HttpClient ClientOf(HttpMessageHandler handler) =>
            new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };

        public UnityWebRequest(Uri uri, string method)
        {
            MainThread.Require();
            url = uri.AbsoluteUri;
            message = new HttpRequestMessage(new HttpMethod(method), uri);
        }

        public enum Result
        {
            InProgress,
            Success,
            ConnectionError,
            ProtocolError,
            DataProcessingError,
        }

        /// <summary>Not of the engine: the player setting "Allow downloads over HTTP".</summary>
        public static bool AllowsHttp { get; set; } = true;

        public UploadHandler uploadHandler { get; set; }

        public DownloadHandler downloadHandler { get; set; }

        public int redirectLimit { get; set; } = 32;

        public bool useHttpContinue { get; set; } = true;

        public string url { get; }

        public long responseCode { get; private set; }

        public Result result { get; private set; }

        public string error { get; private set; }

        public void SetRequestHeader(string name, string value)
        {
            if (name == "Content-Type") contentType = value;
            else message.Headers.TryAddWithoutValidation(name, value);
        }

        private string contentType;

        public string GetResponseHeader(string name)
        {
            if (response == null || !response.Headers.TryGetValues(name, out var values)) return null;
            return string.Join(", ", values);
        }

        public UnityWebRequestAsyncOperation SendWebRequest()
        {
            MainThread.Require();
            if (!AllowsHttp && url.StartsWith("http:", StringComparison.Ordinal))
            {
                throw new InvalidOperationException("Insecure connection not allowed");
            }
            var operation = new UnityWebRequestAsyncOperation();
            _ = Task.Run(() => RunAsync(operation));
            return operation;
        }

        public void Abort()
        {
            MainThread.Require();
            aborted.Cancel();
        }

        public void Dispose()
        {
            aborted.Cancel();
            response?.Dispose();
        }

        private async Task RunAsync(UnityWebRequestAsyncOperation operation)
        {
            try
            {
                if (uploadHandler != null)
                {
                    message.Content = new ByteArrayContent(uploadHandler.Bytes);
                    message.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
                }
                message.Headers.ExpectContinue = useHttpContinue && uploadHandler != null;
                var http = redirectLimit == 0 ? Http : Following;
                response = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, aborted.Token);
                responseCode = (long)response.StatusCode;
                downloadHandler.data = await response.Content.ReadAsByteArrayAsync();
                Finish();
            }
            catch (Exception failure)
            {
                result = Result.ConnectionError;
                error = (failure.InnerException ?? failure).Message;
            }
            operation.isDone = true;
        }

        private void Finish()
        {
            if (responseCode >= 300 && responseCode < 400)
            {
                result = Result.ConnectionError;
                error = "Redirect limit exceeded";
                return;
            }
            result = responseCode < 400 ? Result.Success : Result.ProtocolError;
            if (result != Result.Success) error = "HTTP/1.1 " + responseCode;
        }
    }
}

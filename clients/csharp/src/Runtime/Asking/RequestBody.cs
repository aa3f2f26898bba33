#nullable enable
using System.Collections.Generic;
using System.Text;
using AllocationBroker.Json;

namespace AllocationBroker.Asking
{
    /// <summary>Writes the body of a request. Absent members are left out.</summary>
    internal static class RequestBody
    {
        internal static byte[] Of(AllocationRequest request)
        {
            var json = new JsonText().Open('{');
            json.Name("sessionId").Value(request.SessionId);
            json.Name("gameMode").Value(request.GameMode);
            WriteLatencies(json, request.Latencies);
            if (request.Players?.Count > 0) WritePlayers(json, request.Players);
            if (request.PartySize is int partySize) json.Name("partySize").Value(partySize);
            if (!string.IsNullOrEmpty(request.SessionCookie)) json.Name("sessionCookie").Value(request.SessionCookie!);
            return Encoding.UTF8.GetBytes(json.Close('}').ToString());
        }

        private static void WritePlayers(JsonText json, IReadOnlyList<Player> players)
        {
            json.Name("players").Open('[');
            foreach (var player in players)
            {
                json.Open('{');
                if (!string.IsNullOrEmpty(player.PlayerId)) json.Name("playerId").Value(player.PlayerId!);
                WriteLatencies(json, player.Latencies);
                json.Close('}');
            }
            json.Close(']');
        }

        private static void WriteLatencies(JsonText json, IReadOnlyList<Latency>? latencies)
        {
            if (latencies == null || latencies.Count == 0) return;
            json.Name("latencies").Open('[');
            foreach (var latency in latencies)
            {
                json.Open('{');
                json.Name("location").Value(latency.Location);
                json.Name("ms").Value(latency.Milliseconds);
                json.Close('}');
            }
            json.Close(']');
        }
    }
}

#nullable enable
using System;
using System.Collections.Generic;
using System.IO;
using AllocationBroker.Json;

namespace AllocationBroker.Asking
{
    /// <summary>Classifies an HTTP answer. Members that it does not know mean nothing to it.</summary>
    internal static class AnswerReader
    {
        internal static Answer Read(TransportAnswer raw)
        {
            var body = JsonParser.Parse(raw.Body);
            var answer = Classify(raw, body);
            answer.RetryAfter = RetryAfter.Of(raw.Headers, body);
            return answer;
        }

        private static Answer Classify(TransportAnswer raw, JsonValue? body)
        {
            var status = raw.Status;
            if (status == 202 && body?["status"]?.Text == "pending")
            {
                return new Answer(AnswerKind.Pending, status) { Body = body };
            }
            if ((status == 200 || status == 201) && body != null && body.IsObject)
            {
                return new Answer(AnswerKind.Ok, status) { Body = body };
            }
            var problem = status >= 400 ? ProblemOf(status, body) : null;
            if (problem != null) return new Answer(AnswerKind.Problem, status) { Problem = problem };
            // A proxy that closes the connection early, with no length to compare, leaves a part of an object.
            if (status >= 200 && status < 300 && body == null && FirstCharacter(raw.Body) == '{')
            {
                return new Answer(AnswerKind.Lost) { Cause = new IOException("the answer ends in its middle") };
            }
            return Foreign(raw);
        }

        private static Answer Foreign(TransportAnswer raw)
        {
            var answer = new Answer(AnswerKind.Foreign, raw.Status) { IsPage = FirstCharacter(raw.Body) == '<' };
            var redirect = raw.Status >= 300 && raw.Status < 400;
            if (redirect && raw.Headers.TryGetValue("Location", out var target)) answer.RedirectsTo = target;
            return answer;
        }

        private static AllocationProblem? ProblemOf(int status, JsonValue? body)
        {
            var code = body?["code"]?.Text;
            if (body == null || code == null || body["status"]?.WholeNumber != status) return null;
            var errors = new List<RequestMistake>();
            foreach (var error in body["errors"]?.Items ?? Array.Empty<JsonValue>())
            {
                errors.Add(new RequestMistake(error["pointer"]?.Text ?? "", error["message"]?.Text ?? ""));
            }
            return new AllocationProblem(body["type"]?.Text ?? "about:blank", code, status)
            {
                Title = body["title"]?.Text ?? "",
                Detail = body["detail"]?.Text ?? "",
                Retryable = body["retryable"]?.IsTrue ?? false,
                RetryAfter = RetryAfter.Seconds(body["retryAfterSeconds"]?.Number),
                Instance = body["instance"]?.Text ?? "",
                Errors = errors,
            };
        }

        /// <summary>The first that is neither white space nor a byte order mark; a space when there is none.</summary>
        private static char FirstCharacter(byte[] body)
        {
            foreach (var value in body)
            {
                if (value > ' ' && value < 0x80) return (char)value;
            }
            return ' ';
        }

        /// <returns>Null when the answer is none.</returns>
        internal static Allocation? AllocationOf(Answer answer)
        {
            var body = answer.Kind == AnswerKind.Ok ? answer.Body : null;
            var hostName = body?["hostName"]?.Text;
            if (body == null || body["status"]?.Text != "allocated" || string.IsNullOrEmpty(hostName)) return null;
            var ports = new List<AllocatedPort>();
            foreach (var item in body["ports"]?.Items ?? Array.Empty<JsonValue>())
            {
                if (!(item["port"]?.WholeNumber is int port)) continue;
                ports.Add(new AllocatedPort(item["name"]?.Text ?? "", port, item["protocol"]?.Text));
            }
            return new Allocation(body["sessionId"]?.Text ?? "", hostName!, ports, body["region"]?.Text ?? "")
            {
                SecureContext = body["secureContext"]?.Text,
                Replayed = answer.Status == 200,
            };
        }

        /// <returns>Null when the answer is no list of locations.</returns>
        internal static IReadOnlyList<Location>? LocationsOf(Answer answer)
        {
            var list = answer.Kind == AnswerKind.Ok ? answer.Body?["locations"] : null;
            if (list == null || !list.IsList) return null;
            var locations = new List<Location>();
            foreach (var item in list.Items)
            {
                if (item["name"]?.Text is string name) locations.Add(new Location(name, BeaconOf(item["qos"])));
            }
            return locations;
        }

        private static Beacon? BeaconOf(JsonValue? qos)
        {
            var protocol = qos?["protocol"]?.Text;
            var host = qos?["host"]?.Text;
            return protocol != null && host != null && qos?["port"]?.WholeNumber is int port
                ? new Beacon(protocol, host, port)
                : null;
        }
    }
}

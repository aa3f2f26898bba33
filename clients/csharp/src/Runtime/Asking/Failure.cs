#nullable enable
using System;
using System.Globalization;

namespace AllocationBroker.Asking
{
    /// <summary>The errors of this client, with messages that say what to do.</summary>
    internal static class Failure
    {
        /// <summary>The error for an answer that is final and not what was asked for.</summary>
        /// <param name="answer">The answer.</param>
        /// <param name="address">The broker's, for messages.</param>
        internal static AllocationException Of(Answer answer, string address)
        {
            if (answer.Problem != null) return OfProblem(answer.Problem);
            if (answer.Status >= 300 && answer.Status < 400) return OfRedirect(answer, address);
            switch (answer.Status)
            {
                // The platform refuses a missing or wrong function key by itself, with an empty body.
                case 401:
                    return new AllocationException(
                        AllocationErrorCode.Unauthenticated,
                        "The function key or the token is missing or wrong. Set FunctionKey or GetToken.");
                case 403:
                    return new AllocationException(
                        AllocationErrorCode.Forbidden, $"{address} does not allow this (status 403).");
                case 404:
                    return Unexpected($"There is no broker at {address}. The base address is its address without /api.");
                default:
                    var what = answer.IsPage ? "sends a web page" : "is no broker";
                    return Unexpected(
                        $"What answers at {address} {what} (status {answer.Status}). Check the base address; a "
                        + "network that wants a sign-in first (a captive portal) or a gateway answers like this, too.");
            }
        }

        private static AllocationException OfProblem(AllocationProblem problem)
        {
            var message = problem.Detail.Length > 0 ? problem.Detail : problem.Title;
            foreach (var error in problem.Errors)
            {
                var there = $"{error.Pointer}: {error.Message}";
                if (!message.Contains(there)) message += $" {there}.";
            }
            return new AllocationException(problem.Code, message, problem);
        }

        private static AllocationException OfRedirect(Answer answer, string address)
        {
            var target = TargetOf(answer.RedirectsTo, address);
            return Unexpected(
                $"{address} redirects to {target} (status {answer.Status}), and the client follows no redirect, "
                + "because the key would go along. If that is your broker, use its address as the base address. If "
                + "not, the network wants a sign-in first (a captive portal), or the base address is wrong.");
        }

        /// <summary>Without a query, which may hold a secret.</summary>
        private static string TargetOf(string? location, string address)
        {
            if (location == null) return "nowhere";
            return Uri.TryCreate(new Uri(address + "/"), location, out var target)
                ? target.GetLeftPart(UriPartial.Path)
                : "an address that is none";
        }

        private static AllocationException Unexpected(string message) =>
            new AllocationException(AllocationErrorCode.UnexpectedAnswer, message);

        /// <summary>The time is up.</summary>
        internal static AllocationException GaveUp(Persistence call, Answer last, Retry retry)
        {
            var seconds = call.Patience.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture);
            var attempts = call.Attempt == 1 ? "1 attempt" : $"{call.Attempt} attempts";
            var advice = last.Kind == AnswerKind.Lost ? " Check the base address, and that the broker runs." : "";
            var detail = retry.Detail.TrimEnd('.');
            return new AllocationException(
                AllocationErrorCode.DeadlineExceeded,
                $"No final answer within {seconds} s: {attempts}, the last of which ended with \"{retry.Reason}\" "
                + $"({detail}).{advice}",
                last.Problem,
                last.Cause);
        }
    }
}

#nullable enable
using System;
using System.Collections.Generic;
using System.Globalization;
using AllocationBroker.Json;

namespace AllocationBroker.Asking
{
    /// <summary>When to come back, by an answer's own words (RFC 9110, section 10.2.3).</summary>
    internal static class RetryAfter
    {
        /// <summary>Longer than any deadline, and far from the largest TimeSpan.</summary>
        private const double MostSeconds = 1e9;

        // The three forms of RFC 9110, section 5.6.7.
        private static readonly string[] DateForms =
        {
            "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
            "dddd, dd-MMM-yy HH:mm:ss 'GMT'",
            "ddd MMM d HH:mm:ss yyyy",
        };

        /// <summary>
        /// The header in seconds; else the body's copy of it, which web pages can read across origins; else the
        /// header as a date, against the answer's own date: the clock of a player's device may be hours wrong.
        /// </summary>
        internal static TimeSpan? Of(IReadOnlyDictionary<string, string> headers, JsonValue? body)
        {
            headers.TryGetValue("Retry-After", out var text);
            text = text?.Trim();
            if (!string.IsNullOrEmpty(text) && IsDigits(text!)) return Seconds(double.Parse(text!, CultureInfo.InvariantCulture));
            if (Seconds(body?["retryAfterSeconds"]?.Number) is TimeSpan copy) return copy;
            if (!(DateOf(text) is DateTimeOffset until)) return null;
            headers.TryGetValue("Date", out var date);
            var now = DateOf(date) ?? DateTimeOffset.UtcNow;
            return Seconds(Math.Max(0, (until - now).TotalSeconds));
        }

        internal static TimeSpan? Seconds(double? seconds) =>
            seconds >= 0 ? TimeSpan.FromSeconds(Math.Min(seconds.Value, MostSeconds)) : (TimeSpan?)null;

        private static bool IsDigits(string text)
        {
            foreach (var character in text)
            {
                if (character < '0' || character > '9') return false;
            }
            return true;
        }

        private static DateTimeOffset? DateOf(string? text)
        {
            const DateTimeStyles Styles =
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal | DateTimeStyles.AllowWhiteSpaces;
            var invariant = CultureInfo.InvariantCulture;
            return text != null && DateTimeOffset.TryParseExact(text, DateForms, invariant, Styles, out var date)
                ? date
                : (DateTimeOffset?)null;
        }
    }
}

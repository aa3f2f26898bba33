#nullable enable
using System.Globalization;
using System.Text;

namespace AllocationBroker.Json
{
    /// <summary>Writes JSON piece by piece. Commas come by themselves; the caller closes what it opens.</summary>
    internal sealed class JsonText
    {
        private readonly StringBuilder text = new StringBuilder();

        internal JsonText Open(char bracket)
        {
            Separate();
            text.Append(bracket);
            return this;
        }

        internal JsonText Close(char bracket)
        {
            text.Append(bracket);
            return this;
        }

        internal JsonText Name(string name)
        {
            Quote(name);
            text.Append(':');
            return this;
        }

        internal JsonText Value(string value)
        {
            Quote(value);
            return this;
        }

        internal JsonText Value(int value)
        {
            Separate();
            text.Append(value.ToString(CultureInfo.InvariantCulture));
            return this;
        }

        /// <summary>What JSON cannot write, NaN and the infinities, becomes null, as in JavaScript.</summary>
        internal JsonText Value(double value)
        {
            Separate();
            var finite = !double.IsNaN(value) && !double.IsInfinity(value);
            text.Append(finite ? value.ToString("R", CultureInfo.InvariantCulture) : "null");
            return this;
        }

        public override string ToString() => text.ToString();

        private void Separate()
        {
            if (text.Length > 0 && !"{[:".Contains(text[text.Length - 1])) text.Append(',');
        }

        private void Quote(string value)
        {
            Separate();
            text.Append('"');
            foreach (var character in value)
            {
                if (character == '"' || character == '\\') text.Append('\\').Append(character);
                else if (character >= ' ') text.Append(character);
                else text.Append("\\u").Append(((int)character).ToString("x4", CultureInfo.InvariantCulture));
            }
            text.Append('"');
        }
    }
}

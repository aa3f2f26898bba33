#nullable enable
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace AllocationBroker.Json
{
    /// <summary>
    /// Reads JSON (RFC 8259) without reflection, so that it survives IL2CPP's stripping and needs no package. Throws
    /// nothing: what is no JSON gives null.
    /// </summary>
    internal sealed class JsonParser
    {
        /// <summary>The contract nests four deep; whatever nests much deeper must not exhaust the stack.</summary>
        private const int MaxDepth = 64;

        private readonly string source;
        private int at;

        private JsonParser(string source) => this.source = source;

        /// <returns>Null when the bytes are no JSON. A byte order mark before it is passed over.</returns>
        internal static JsonValue? Parse(byte[] utf8)
        {
            var mark = utf8.Length >= 3 && utf8[0] == 0xEF && utf8[1] == 0xBB && utf8[2] == 0xBF ? 3 : 0;
            return Parse(Encoding.UTF8.GetString(utf8, mark, utf8.Length - mark));
        }

        internal static JsonValue? Parse(string text)
        {
            var parser = new JsonParser(text);
            var value = parser.Value(0);
            parser.SkipSpace();
            return parser.at == text.Length ? value : null;
        }

        private JsonValue? Value(int depth)
        {
            SkipSpace();
            if (at >= source.Length || depth > MaxDepth) return null;
            switch (source[at])
            {
                case '{':
                    return Object(depth);
                case '[':
                    return List(depth);
                case '"':
                    var text = Text();
                    return text == null ? null : new JsonValue(text);
                case 't':
                    return Word("true", JsonKind.True);
                case 'f':
                    return Word("false", JsonKind.False);
                case 'n':
                    return Word("null", JsonKind.Null);
                default:
                    return Number();
            }
        }

        private JsonValue? Object(int depth)
        {
            var members = new Dictionary<string, JsonValue>();
            at++;
            if (Accept('}')) return new JsonValue(members);
            do
            {
                SkipSpace();
                var name = at < source.Length && source[at] == '"' ? Text() : null;
                if (name == null || !Accept(':')) return null;
                var value = Value(depth + 1);
                if (value == null) return null;
                members[name] = value;
            }
            while (Accept(','));
            return Accept('}') ? new JsonValue(members) : null;
        }

        private JsonValue? List(int depth)
        {
            var items = new List<JsonValue>();
            at++;
            if (Accept(']')) return new JsonValue(items);
            do
            {
                var value = Value(depth + 1);
                if (value == null) return null;
                items.Add(value);
            }
            while (Accept(','));
            return Accept(']') ? new JsonValue(items) : null;
        }

        /// <summary>From the opening to the closing quotation mark; null when it is malformed or cut off.</summary>
        private string? Text()
        {
            var text = new StringBuilder();
            for (at++; at < source.Length; at++)
            {
                var character = source[at];
                if (character == '"')
                {
                    at++;
                    return text.ToString();
                }
                if (character < ' ') return null;
                if (character != '\\') text.Append(character);
                else if (!Escape(text)) return null;
            }
            return null;
        }

        private bool Escape(StringBuilder text)
        {
            const string Names = "\"\\/bfnrt";
            const string Meanings = "\"\\/\b\f\n\r\t";
            at++;
            if (at >= source.Length) return false;
            var index = Names.IndexOf(source[at]);
            if (index >= 0)
            {
                text.Append(Meanings[index]);
                return true;
            }
            if (source[at] != 'u' || at + 4 >= source.Length) return false;
            var code = 0;
            for (var last = at + 4; at < last;)
            {
                var digit = HexDigit(source[++at]);
                if (digit < 0) return false;
                code = (code * 16) + digit;
            }
            text.Append((char)code);
            return true;
        }

        private static int HexDigit(char character)
        {
            if (character >= '0' && character <= '9') return character - '0';
            var lower = (char)(character | 0x20);
            return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
        }

        private JsonValue? Word(string word, JsonKind kind)
        {
            if (string.CompareOrdinal(source, at, word, 0, word.Length) != 0) return null;
            at += word.Length;
            return new JsonValue(kind);
        }

        private JsonValue? Number()
        {
            var start = at;
            Skip('-');
            if (!Skip('0') && !Digits()) return null;
            if (Skip('.') && !Digits()) return null;
            if (Skip('e') || Skip('E'))
            {
                if (!Skip('-')) Skip('+');
                if (!Digits()) return null;
            }
            // Whatever has this form is parsed, or else too large for a double: some runtimes refuse that.
            var text = source.Substring(start, at - start);
            return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                ? new JsonValue(number)
                : new JsonValue(text[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity);
        }

        private bool Digits()
        {
            var start = at;
            while (at < source.Length && source[at] >= '0' && source[at] <= '9') at++;
            return at > start;
        }

        private bool Skip(char character)
        {
            if (at >= source.Length || source[at] != character) return false;
            at++;
            return true;
        }

        private bool Accept(char character)
        {
            SkipSpace();
            return Skip(character);
        }

        private void SkipSpace()
        {
            while (at < source.Length && " \t\r\n".Contains(source[at])) at++;
        }
    }
}

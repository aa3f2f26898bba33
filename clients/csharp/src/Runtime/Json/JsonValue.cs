#nullable enable
using System.Collections.Generic;

namespace AllocationBroker.Json
{
    internal enum JsonKind
    {
        Null,
        False,
        True,
        Number,
        Text,
        List,
        Object,
    }

    /// <summary>
    /// One value of a JSON document. Whatever is absent or of another kind than was asked for reads as null, because
    /// a reader of answers must not fail on what it does not know.
    /// </summary>
    internal sealed class JsonValue
    {
        private static readonly IReadOnlyList<JsonValue> NoItems = new List<JsonValue>();

        private readonly double number;
        private readonly string? text;
        private readonly IReadOnlyList<JsonValue>? items;
        private readonly IReadOnlyDictionary<string, JsonValue>? members;

        internal JsonValue(JsonKind kind) => Kind = kind;

        internal JsonValue(double number)
            : this(JsonKind.Number) => this.number = number;

        internal JsonValue(string text)
            : this(JsonKind.Text) => this.text = text;

        internal JsonValue(IReadOnlyList<JsonValue> items)
            : this(JsonKind.List) => this.items = items;

        internal JsonValue(IReadOnlyDictionary<string, JsonValue> members)
            : this(JsonKind.Object) => this.members = members;

        internal JsonKind Kind { get; }

        internal bool IsTrue => Kind == JsonKind.True;

        internal bool IsObject => Kind == JsonKind.Object;

        internal string? Text => text;

        internal double? Number => Kind == JsonKind.Number ? number : (double?)null;

        /// <summary>The number, if it is a whole one of 32 bits.</summary>
        internal int? WholeNumber
        {
            get
            {
                var whole = Kind == JsonKind.Number && number >= int.MinValue && number <= int.MaxValue;
                return whole && number == (int)number ? (int)number : (int?)null;
            }
        }

        internal bool IsList => Kind == JsonKind.List;

        internal IReadOnlyList<JsonValue> Items => items ?? NoItems;

        /// <summary>The member of an object; null when there is none.</summary>
        internal JsonValue? this[string name]
        {
            get
            {
                JsonValue? value = null;
                members?.TryGetValue(name, out value);
                return value;
            }
        }
    }
}

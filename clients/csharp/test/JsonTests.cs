using System.Text;
using System.Text.Json;
using AllocationBroker.Json;

namespace AllocationBroker.Client.Tests;

public class JsonTests
{
    private const string Document =
        """ {"a":[1,-2.5e+3,0.1,true,false,null,{}],"b":{"c":"\"\\\/\b\f\n\r\té😀","d":[]} , "e":""} """;

    [Fact]
    public void Reads_every_kind_of_value()
    {
        var value = JsonParser.Parse(Document)!;
        var list = value["a"]!.Items;
        Assert.Equal([1, -2500, 0.1], list.Take(3).Select(item => item.Number!.Value));
        Assert.Equal(
            [JsonKind.True, JsonKind.False, JsonKind.Null, JsonKind.Object], list.Skip(3).Select(item => item.Kind));
        Assert.Equal("\"\\/\b\f\n\r\té😀", value["b"]!["c"]!.Text);
        Assert.True(value["b"]!["d"]!.IsList);
        Assert.Equal("", value["e"]!.Text);
    }

    [Fact]
    public void What_is_cut_off_anywhere_is_no_json()
    {
        var text = Document.Trim();
        var read = Enumerable.Range(0, text.Length).Where(length => JsonParser.Parse(text[..length]) != null);
        Assert.Empty(read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{} {}")]
    [InlineData("{\"a\":1,}")]
    [InlineData("[1,]")]
    [InlineData("[,1]")]
    [InlineData("{a:1}")]
    [InlineData("{\"a\" 1}")]
    [InlineData("'a'")]
    [InlineData("\"\n\"")]
    [InlineData("\"\\x\"")]
    [InlineData("\"\\u12g4\"")]
    [InlineData("\"\\u12")]
    [InlineData("01")]
    [InlineData("+1")]
    [InlineData("1.")]
    [InlineData(".5")]
    [InlineData("1e")]
    [InlineData("-")]
    [InlineData("NaN")]
    [InlineData("truE")]
    [InlineData("nul")]
    [InlineData("<html></html>")]
    public void Refuses_what_is_no_json(string text) => Assert.Null(JsonParser.Parse(text));

    [Theory]
    [InlineData("0", 0d)]
    [InlineData("-0.5", -0.5)]
    [InlineData("1E-2", 0.01)]
    [InlineData("9007199254740993", 9007199254740992d)]
    [InlineData("1e400", double.PositiveInfinity)]
    [InlineData("-1e400", double.NegativeInfinity)]
    public void Reads_numbers(string text, double number) => Assert.Equal(number, JsonParser.Parse(text)!.Number);

    [Theory]
    [InlineData("10103", 10103)]
    [InlineData("1e2", 100)]
    [InlineData("1.5", null)]
    [InlineData("3000000000", null)]
    [InlineData("\"1\"", null)]
    public void Knows_whole_numbers(string text, int? number) =>
        Assert.Equal(number, JsonParser.Parse(text)!.WholeNumber);

    [Fact]
    public void Passes_over_a_byte_order_mark_but_only_one_in_front()
    {
        Assert.True(JsonParser.Parse([0xEF, 0xBB, 0xBF, (byte)'{', (byte)'}'])!.IsObject);
        Assert.Null(JsonParser.Parse([(byte)'{', 0xEF, 0xBB, 0xBF, (byte)'}']));
    }

    [Fact]
    public void Does_not_exhaust_the_stack()
    {
        Assert.NotNull(JsonParser.Parse(new string('[', 60) + new string(']', 60)));
        Assert.Null(JsonParser.Parse(new string('[', 1_000_000)));
    }

    [Fact]
    public void Of_a_member_that_comes_twice_the_last_counts() =>
        Assert.Equal(2, JsonParser.Parse("{\"a\":1,\"a\":2}")!["a"]!.Number);

    [Fact]
    public void Absent_and_other_kinds_read_as_null()
    {
        var value = JsonParser.Parse("{\"a\":1}")!;
        Assert.Null(value["b"]);
        Assert.Null(value["a"]!["b"]);
        Assert.Null(value["a"]!.Text);
        Assert.Empty(value["a"]!.Items);
    }

    [Fact]
    public void What_it_writes_another_reader_reads_as_the_same()
    {
        var random = new Random(7);
        for (var run = 0; run < 2_000; run++)
        {
            var text = new StringBuilder();
            for (var length = random.Next(12); length > 0; length--)
            {
                var rune = new Rune(random.Next(0xD800));
                text.Append(random.Next(4) == 0 ? "🎮" : random.Next(3) == 0 ? "\"\\\n\u0001" : rune.ToString());
            }
            var number = (random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-20, 20));
            var json = new JsonText().Open('{').Name("t").Value(text.ToString()).Name("n").Value(number)
                .Name("l").Open('[').Value(1).Open('{').Close('}').Open('[').Close(']').Close(']').Close('}').ToString();
            var theirs = JsonDocument.Parse(json).RootElement;
            Assert.Equal(text.ToString(), theirs.GetProperty("t").GetString());
            Assert.Equal(number, theirs.GetProperty("n").GetDouble());
            Assert.Equal(3, theirs.GetProperty("l").GetArrayLength());
            var ours = JsonParser.Parse(json)!;
            Assert.Equal(text.ToString(), ours["t"]!.Text);
            Assert.Equal(number, ours["n"]!.Number);
        }
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Writes_null_for_what_json_cannot_write(double number) =>
        Assert.Equal("null", new JsonText().Value(number).ToString());
}

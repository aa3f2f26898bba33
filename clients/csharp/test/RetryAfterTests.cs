using AllocationBroker.Asking;
using AllocationBroker.Json;

namespace AllocationBroker.Client.Tests;

public class RetryAfterTests
{
    private const string Now = "Fri, 27 Nov 2026 12:00:00 GMT";

    [Theory]
    [InlineData("7", null, 7d)]
    [InlineData(" 7 ", null, 7d)]
    [InlineData("0", null, 0d)]
    [InlineData("7", "{\"retryAfterSeconds\":3}", 7d)]
    [InlineData(null, "{\"retryAfterSeconds\":3}", 3d)]
    [InlineData(null, "{\"retryAfterSeconds\":-3}", null)]
    [InlineData(null, "{\"retryAfterSeconds\":\"3\"}", null)]
    [InlineData(null, "[]", null)]
    [InlineData("soon", null, null)]
    [InlineData("-1", null, null)]
    [InlineData("99999999999999999999999999", null, 1e9)]
    [InlineData("Fri, 27 Nov 2026 12:00:05 GMT", null, 5d)]
    [InlineData("Friday, 27-Nov-26 12:00:05 GMT", null, 5d)]
    [InlineData("Fri Nov 27 12:00:05 2026", null, 5d)]
    [InlineData("Fri, 27 Nov 2026 11:00:00 GMT", null, 0d)]
    public void Is_read_in_every_form(string? header, string? body, double? seconds)
    {
        var headers = new Dictionary<string, string> { ["Date"] = Now };
        if (header != null) headers["Retry-After"] = header;
        var read = RetryAfter.Of(headers, body == null ? null : JsonParser.Parse(body));
        Assert.Equal(seconds, read?.TotalSeconds);
    }

    [Fact]
    public void Without_the_answers_date_the_devices_clock_has_to_do()
    {
        var headers = new Dictionary<string, string> { ["Retry-After"] = DateTimeOffset.UtcNow.AddHours(1).ToString("r") };
        Assert.InRange(RetryAfter.Of(headers, null)!.Value.TotalSeconds, 3_500, 3_600);
    }
}

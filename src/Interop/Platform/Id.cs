using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Interop.Platform;

/// <summary>
/// The id of a <typeparamref name="T"/>: a UUIDv7 that the exchange made. A person's id cannot be passed where a referral's is meant.
/// </summary>
[JsonConverter(typeof(IdJsonConverter))]
public readonly record struct Id<T>(Guid Value) : IParsable<Id<T>>
{
    public static Id<T> New(DateTimeOffset now) => new(Randomness.Version7(now));

    public static Id<T> Parse(string s, IFormatProvider? provider) => new(Guid.Parse(s));

    /// <summary>
    /// Always succeeds: what is not a UUID names nothing, and is answered as what is not there (P6), not as a fault of syntax.
    /// </summary>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out Id<T> result)
    {
        result = new(Guid.TryParseExact(s, "D", out var value) ? value : Guid.Empty);
        return true;
    }

    public override string ToString() => Value.ToString("D");
}

internal sealed class IdConverter<T>() : ValueConverter<Id<T>, Guid>(id => id.Value, value => new Id<T>(value));

/// <summary>Writes and reads every <see cref="Id{T}"/> as its UUID.</summary>
public sealed class IdJsonConverter : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) =>
        typeToConvert.IsGenericType && typeToConvert.GetGenericTypeDefinition() == typeof(Id<>);

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(Of<>).MakeGenericType(typeToConvert.GetGenericArguments()))!;

    sealed class Of<T> : JsonConverter<Id<T>>
    {
        public override Id<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetGuid());

        public override void Write(Utf8JsonWriter writer, Id<T> value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
    }
}

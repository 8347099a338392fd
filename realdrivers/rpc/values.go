package rpc

import (
	"encoding/base64"
	"fmt"
	"math"
	"strconv"
	"strings"

	"google.golang.org/protobuf/types/known/structpb"

	"example.com/tidemark/core/relation"
)

// exact is the first magnitude from which on not every whole number is a JSON number
// for everybody: from here on numbers are given as text.
const exact = 1 << 53

// pack is the packed form of a row of the schema. An error says which column is
// wrong, and how.
func pack(schema relation.Schema, row *structpb.ListValue) (relation.Row, error) {
	values := row.GetValues()
	if len(values) != len(schema.Columns) {
		return "", fmt.Errorf("%d values for %d columns (%s)", len(values), len(schema.Columns), columnsInWords(schema))
	}
	b := make([]byte, 0, 16*len(values))
	for i, v := range values {
		var err error
		if b, err = appendValue(b, &schema.Columns[i], v); err != nil {
			return "", fmt.Errorf("column %q (%s): %w", schema.Columns[i].Name, schema.Columns[i].Type, err)
		}
	}
	return relation.Row(b), nil
}

// maxColumnsInWords keeps messages short.
const maxColumnsInWords = 8

func columnsInWords(schema relation.Schema) string {
	var words []string
	for i, c := range schema.Columns {
		if i == maxColumnsInWords {
			words = append(words, fmt.Sprintf("and %d more", len(schema.Columns)-i))
			break
		}
		words = append(words, c.Name+" "+c.Type.String())
	}
	return strings.Join(words, ", ")
}

func appendValue(b []byte, c *relation.Column, v *structpb.Value) ([]byte, error) {
	if _, null := v.GetKind().(*structpb.Value_NullValue); null {
		if !c.Nullable {
			return nil, fmt.Errorf("null, and the column is not nullable")
		}
		return relation.AppendNull(b), nil
	}
	switch c.Type {
	case relation.Bool:
		if v, ok := v.GetKind().(*structpb.Value_BoolValue); ok {
			return relation.AppendBool(b, v.BoolValue), nil
		}
	case relation.Int64:
		n, err := wholeNumber(v, math.MinInt64, func(s string) (int64, error) { return strconv.ParseInt(s, 10, 64) })
		return relation.AppendInt64(b, n), err
	case relation.Uint64:
		n, err := wholeNumber(v, 0, func(s string) (uint64, error) { return strconv.ParseUint(s, 10, 64) })
		return relation.AppendUint64(b, n), err
	case relation.Float64:
		bits, err := floatBits(v)
		return relation.AppendFloat64(b, bits), err
	case relation.Text:
		if v, ok := v.GetKind().(*structpb.Value_StringValue); ok {
			return relation.AppendText(b, v.StringValue), nil
		}
	case relation.Bytes:
		if v, ok := v.GetKind().(*structpb.Value_StringValue); ok {
			raw, err := fromBase64(v.StringValue)
			return relation.AppendBytes(b, raw), err
		}
		return nil, fmt.Errorf("%s instead of base64 text", kindInWords(v))
	}
	return nil, fmt.Errorf("%s instead of a %s", kindInWords(v), c.Type)
}

// wholeNumber reads a number that JSON keeps exactly, or text.
func wholeNumber[N int64 | uint64](v *structpb.Value, least float64, parse func(string) (N, error)) (N, error) {
	switch k := v.GetKind().(type) {
	case *structpb.Value_NumberValue:
		n := k.NumberValue
		switch {
		case n != math.Trunc(n) || math.IsNaN(n):
			return 0, fmt.Errorf("%v is not a whole number", n)
		case n < least:
			return 0, fmt.Errorf("%v is less than %v", n, least)
		case math.Abs(n) >= exact:
			return 0, fmt.Errorf("%.0f may have been rounded; give numbers from 2^53 on as text", n)
		}
		return N(n), nil
	case *structpb.Value_StringValue:
		n, err := parse(k.StringValue)
		if err != nil {
			return 0, fmt.Errorf("%s is not a whole number that fits", quoted(k.StringValue))
		}
		return n, nil
	}
	return 0, fmt.Errorf("%s instead of a whole number", kindInWords(v))
}

// bitsPrefix marks the text form of a float64's bits, for what JSON has no number for.
const bitsPrefix = "0x"

func floatBits(v *structpb.Value) (uint64, error) {
	switch k := v.GetKind().(type) {
	case *structpb.Value_NumberValue:
		return math.Float64bits(k.NumberValue), nil
	case *structpb.Value_StringValue:
		if hex, ok := strings.CutPrefix(k.StringValue, bitsPrefix); ok && len(hex) == 16 {
			if bits, err := strconv.ParseUint(hex, 16, 64); err == nil {
				return bits, nil
			}
		}
		f, err := strconv.ParseFloat(k.StringValue, 64)
		if err != nil {
			return 0, fmt.Errorf("%s is not a number, NaN, Infinity, -Infinity, or 0x and the 16 digits of its bits", quoted(k.StringValue))
		}
		return math.Float64bits(f), nil
	}
	return 0, fmt.Errorf("%s instead of a number", kindInWords(v))
}

// fromBase64 reads the usual alphabet and the one of URLs, padded or not.
func fromBase64(s string) ([]byte, error) {
	plain := strings.TrimRight(strings.NewReplacer("-", "+", "_", "/").Replace(s), "=")
	raw, err := base64.RawStdEncoding.DecodeString(plain)
	if err != nil {
		return nil, fmt.Errorf("%s is not base64: %w", quoted(s), err)
	}
	return raw, nil
}

// quoted is a text as part of a message: never long, never raw.
func quoted(s string) string {
	const most = 64
	if len(s) > most {
		return strconv.QuoteToASCII(s[:most]) + "…"
	}
	return strconv.QuoteToASCII(s)
}

func kindInWords(v *structpb.Value) string {
	switch v.GetKind().(type) {
	case *structpb.Value_BoolValue:
		return "a bool"
	case *structpb.Value_NumberValue:
		return "a number"
	case *structpb.Value_StringValue:
		return "a text"
	case *structpb.Value_ListValue:
		return "a list"
	case *structpb.Value_StructValue:
		return "an object"
	case *structpb.Value_NullValue:
		return "null"
	}
	return "nothing"
}

// unpack is the row as JSON values; ok is false if it is no packed row.
func unpack(row relation.Row) (list *structpb.ListValue, ok bool) {
	values, ok := row.Unpack(nil)
	if !ok {
		return nil, false
	}
	list = &structpb.ListValue{Values: make([]*structpb.Value, len(values))}
	for i, v := range values {
		list.Values[i] = jsonValue(v)
	}
	return list, true
}

func jsonValue(v relation.Value) *structpb.Value {
	switch v.Type {
	case relation.Bool:
		return structpb.NewBoolValue(v.Bits != 0)
	case relation.Int64:
		if n := int64(v.Bits); n <= -exact || n >= exact {
			return structpb.NewStringValue(strconv.FormatInt(n, 10))
		}
		return structpb.NewNumberValue(float64(int64(v.Bits)))
	case relation.Uint64:
		if v.Bits >= exact {
			return structpb.NewStringValue(strconv.FormatUint(v.Bits, 10))
		}
		return structpb.NewNumberValue(float64(v.Bits))
	case relation.Float64:
		return jsonFloat(v.Bits)
	case relation.Text:
		return structpb.NewStringValue(v.Text)
	case relation.Bytes:
		return structpb.NewStringValue(base64.StdEncoding.EncodeToString([]byte(v.Text)))
	}
	return structpb.NewNullValue()
}

// jsonFloat keeps every bit pattern: what is no JSON number becomes text.
func jsonFloat(bits uint64) *structpb.Value {
	f := math.Float64frombits(bits)
	switch {
	case math.IsInf(f, 1):
		return structpb.NewStringValue("Infinity")
	case math.IsInf(f, -1):
		return structpb.NewStringValue("-Infinity")
	case math.IsNaN(f) && bits == math.Float64bits(math.NaN()):
		return structpb.NewStringValue("NaN")
	case math.IsNaN(f):
		return structpb.NewStringValue(fmt.Sprintf("%s%016x", bitsPrefix, bits))
	}
	return structpb.NewNumberValue(f)
}

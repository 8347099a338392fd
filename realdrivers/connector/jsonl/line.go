package jsonl

import (
	"encoding/base64"
	"math"
	"strconv"

	"example.com/tidemark/core/relation"
)

// AppendLine appends an update as one line, as package jsonl describes it, with its
// end. That it fits the schema has been checked.
func AppendLine(b []byte, schema relation.Schema, u *relation.Update) []byte {
	b = strconv.AppendUint(append(b, `{"time":`...), uint64(u.Time), 10)
	b = strconv.AppendInt(append(b, `,"diff":`...), u.Diff, 10)
	if message, bad := u.Data.UnpackError(); bad {
		b = appendString(append(b, `,"error":`...), message)
		return append(b, "}\n"...)
	}
	b = append(b, `,"row":{`...)
	values, _ := u.Data.Unpack(nil)
	for i, v := range values {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, schema.Columns[i].Name), ':')
		b = appendValue(b, v)
	}
	return append(b, "}}\n"...)
}

// appendValue appends a value: a byte string in base64, and numbers that JSON has no
// form for as strings.
func appendValue(b []byte, v relation.Value) []byte {
	switch v.Type {
	case relation.Bool:
		return strconv.AppendBool(b, v.Bits != 0)
	case relation.Int64:
		return strconv.AppendInt(b, int64(v.Bits), 10)
	case relation.Uint64:
		return strconv.AppendUint(b, v.Bits, 10)
	case relation.Float64:
		return appendFloat(b, math.Float64frombits(v.Bits))
	case relation.Text:
		return appendString(b, v.Text)
	case relation.Bytes:
		b = base64.StdEncoding.AppendEncode(append(b, '"'), []byte(v.Text))
		return append(b, '"')
	}
	return append(b, "null"...)
}

func appendFloat(b []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(b, `"NaN"`...)
	case math.IsInf(f, 1):
		return append(b, `"Infinity"`...)
	case math.IsInf(f, -1):
		return append(b, `"-Infinity"`...)
	}
	return strconv.AppendFloat(b, f, 'g', -1, 64)
}

const hexDigits = "0123456789abcdef"

// appendString appends a JSON string. What is not UTF-8, which only the text of an
// error can be, becomes U+FFFD.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, `\n`...)
		case r < 0x20 || r == 0x7f:
			b = append(b, `\u00`...)
			b = append(b, hexDigits[r>>4], hexDigits[r&15])
		default:
			b = append(b, string(r)...)
		}
	}
	return append(b, '"')
}

package rpc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"example.com/tidemark/realdrivers/rpc/tidemarkpb"
)

// jsonCodec is protobuf's JSON, made for people: a field that does not exist is an
// error, since it is far more often a slip than a newer client; what is zero is shown;
// and a frontier may be given as a number, or as the word "closed".
type jsonCodec struct{ name string }

// Name is what the codec is registered under.
func (c jsonCodec) Name() string { return c.name }

var writeJSON = protojson.MarshalOptions{EmitDefaultValues: true}

// Marshal writes a message.
func (jsonCodec) Marshal(v any) ([]byte, error) {
	m, ok := v.(proto.Message)
	if !ok {
		return nil, fmt.Errorf("%T is not a message", v)
	}
	return writeJSON.Marshal(m)
}

// Unmarshal reads a message. Nothing at all is an empty message.
func (jsonCodec) Unmarshal(data []byte, v any) error {
	m, ok := v.(proto.Message)
	if !ok {
		return fmt.Errorf("%T is not a message", v)
	}
	if len(bytes.TrimSpace(data)) == 0 {
		proto.Reset(m)
		return nil
	}
	strict := protojson.Unmarshal(data, m)
	if strict == nil {
		return nil
	}
	rewritten, changed := rewrite(data, m.ProtoReflect().Descriptor())
	if !changed {
		return strict
	}
	return protojson.Unmarshal(rewritten, m)
}

// rewrite gives frontiers that are written as numbers or words their full form.
// changed is false if there was none, or data is not JSON.
func rewrite(data []byte, message protoreflect.MessageDescriptor) (rewritten []byte, changed bool) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var value any
	if d.Decode(&value) != nil {
		return nil, false
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, false
	}
	value = rewriteMessage(value, message, &changed)
	if !changed {
		return nil, false
	}
	rewritten, err := json.Marshal(value)
	return rewritten, err == nil
}

var frontierName = (&tidemarkpb.Frontier{}).ProtoReflect().Descriptor().FullName()

func rewriteMessage(value any, message protoreflect.MessageDescriptor, changed *bool) any {
	if message.FullName() == frontierName {
		switch v := value.(type) {
		case json.Number:
			*changed = true
			return map[string]any{"time": v}
		case string:
			*changed = true
			if v == closedWord {
				return map[string]any{"closed": true}
			}
			return map[string]any{"time": v}
		}
	}
	object, ok := value.(map[string]any)
	if !ok {
		return value
	}
	for name, member := range object {
		field := message.Fields().ByJSONName(name)
		if field == nil {
			field = message.Fields().ByName(protoreflect.Name(name))
		}
		if field == nil || field.Message() == nil {
			continue
		}
		if list, ok := member.([]any); ok && field.IsList() {
			for i := range list {
				list[i] = rewriteMessage(list[i], field.Message(), changed)
			}
			continue
		}
		object[name] = rewriteMessage(member, field.Message(), changed)
	}
	return object
}

package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// object is a JSON object with its members in the order in which they were written: schemas are read by people, so their
// order is part of what is published. The values of a tree are object, []any, string, json.Number, bool and nil.
type object []member

type member struct {
	name  string
	value any
}

// get returns the value of a member; nil where there is none.
func (o object) get(name string) any {
	for i := range o {
		if o[i].name == name {
			return o[i].value
		}
	}
	return nil
}

// object returns a member that is one; nil where there is none.
func (o object) object(name string) object {
	v, _ := o.get(name).(object)
	return v
}

// list returns a member that is one; nil where there is none.
func (o object) list(name string) []any {
	v, _ := o.get(name).([]any)
	return v
}

// text returns a member that is a string; "" where there is none.
func (o object) text(name string) string {
	v, _ := o.get(name).(string)
	return v
}

// MarshalJSON writes the members in their order.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := write(&b, m.name); err != nil {
			return nil, err
		}
		b.WriteByte(':')
		if err := write(&b, m.value); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// write leaves < and > as they are.
func write(b *bytes.Buffer, v any) error {
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	b.Truncate(b.Len() - 1) // the line's end
	return nil
}

// parse reads one JSON text.
func parse(text []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	v, err := parseValue(dec)
	if err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the end of the JSON text")
	}
	return v, nil
}

func parseValue(dec *json.Decoder) (any, error) {
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		return parseObject(dec)
	case json.Delim('['):
		return parseList(dec)
	}
	return token, nil
}

func parseObject(dec *json.Decoder) (any, error) {
	o := object{}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, err
		}
		value, err := parseValue(dec)
		if err != nil {
			return nil, err
		}
		text, _ := name.(string) // the decoder lets no other name through
		o = append(o, member{text, value})
	}
	_, err := dec.Token()
	return o, err
}

func parseList(dec *json.Decoder) (any, error) {
	list := []any{}
	for dec.More() {
		value, err := parseValue(dec)
		if err != nil {
			return nil, err
		}
		list = append(list, value)
	}
	_, err := dec.Token()
	return list, err
}

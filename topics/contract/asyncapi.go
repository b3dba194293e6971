package contract

import (
	"sort"
	"strings"
)

// Version is the major version of the contract. Fields, types and topics are added to it; what means something else gets
// another ce_type.
const Version = "1"

const (
	kafkaBinding = "0.5.0"
	contentJSON  = "application/json"
	components   = "#/components/schemas/"

	about = `purser keeps prepaid and credit balances right, in real time, from Kafka events. It receives what is on its inputs and sends what is on its outputs.

Every topic's name begins with the installation's prefix, if it has one (setting topic-prefix).

Events are CloudEvents 1.0 in binary mode (the headers of each message here); structured mode (content-type application/cloudevents+json) is read too, batches are not. A record is at most 1 MiB.

Fields and types are only added. Who reads them ignores those that it does not know.`
)

// AsyncAPI is the whole contract as one AsyncAPI 3 document.
func AsyncAPI() []byte {
	d := document{schemas: bundle{prefix: components, name: componentName}}
	for i := range Topics {
		d.topic(&Topics[i])
	}
	sort.SliceStable(d.schemas.found, func(i, j int) bool { return d.schemas.found[i].name < d.schemas.found[j].name })
	return indented(object{
		{"asyncapi", "3.0.0"},
		{"info", object{{"title", "purser"}, {"version", Version}, {"description", about}}},
		{"defaultContentType", contentJSON},
		{"channels", d.channels},
		{"operations", d.operations},
		{"components", object{{"messages", d.messages}, {"schemas", d.schemas.all()}}},
	})
}

// componentName keeps the parts of one type's schema apart from those that all share.
func componentName(file, name string) string {
	if file == commonFile {
		return name
	}
	return strings.TrimSuffix(file, ".json") + "." + name
}

// document is the parts of an AsyncAPI document as they come together.
type document struct {
	channels, operations, messages object
	schemas                        bundle
}

func (d *document) topic(t *Topic) {
	channel := "#/channels/" + t.Name
	inChannel, inOperation := object{}, []any{}
	for i := range t.Messages {
		name := d.message(t, &t.Messages[i])
		inChannel = append(inChannel, member{name, reference("#/components/messages/" + name)})
		inOperation = append(inOperation, reference(channel+"/messages/"+name))
	}
	d.channels = append(d.channels, member{t.Name, object{
		{"address", t.Name},
		{"description", t.About + " Kept: " + t.Kept + "."},
		{"messages", inChannel},
		{"bindings", object{{"kafka", object{{"topic", t.Name}, {"bindingVersion", kafkaBinding}}}}},
	}})
	action := "send"
	if t.Input {
		action = "receive"
	}
	d.operations = append(d.operations, member{action + "-" + t.Name, object{
		{"action", action},
		{"channel", reference(channel)},
		{"messages", inOperation},
	}})
}

// message adds a message of a topic, and returns its name. One that stands on several topics has a name on each, because
// its key is another.
func (d *document) message(t *Topic, m *Message) string {
	name := m.Type
	if name == "" || len(topicsWith(m.Type)) > 1 {
		name = strings.TrimSuffix(t.Name+"."+m.Type, ".")
	}
	body := object{{"name", name}}
	if m.Own {
		body = append(body, member{"tags", []any{object{{"name", "internal"}, {"description", "purser's own: others neither send nor read it"}}}})
	}
	headers := headersOf(m.Headers)
	if s, ok := schemaOf(m.Type); ok {
		body = append(body,
			member{"title", s.text("title")},
			member{"description", s.text("description")},
			member{"contentType", contentJSON},
			member{"payload", reference(d.body(m.Type, s))},
			member{"examples", examples(m, headers, s)},
		)
	} else {
		body = append(body, member{"description", headers.text("description")})
	}
	body = append(body,
		member{"headers", d.schemas.move(headersFile, headers.object)},
		member{"bindings", object{{"kafka", object{
			{"key", object{{"type", "string"}, {"description", t.Key}}},
			{"bindingVersion", kafkaBinding},
		}}}},
	)
	d.messages = append(d.messages, member{name, body})
	return name
}

// body adds the schema of a type and returns the reference to it.
func (d *document) body(kind string, s node) string {
	moved := object{}
	for _, m := range s.object {
		if m.name != "$schema" && m.name != "$defs" {
			moved = append(moved, member{m.name, d.schemas.move(s.file, m.value)})
		}
	}
	if d.schemas.found.get(kind) == nil {
		d.schemas.found = append(d.schemas.found, member{kind, moved})
	}
	return components + kind
}

// examples are whole messages: each of the schema's bodies below the same headers.
func examples(m *Message, headers, s node) []any {
	all := []any{}
	for _, body := range s.list("examples") {
		all = append(all, object{{"headers", exampleHeaders(m, headers)}, {"payload", body}})
	}
	return all
}

// exampleHeaders are those of a message that have an example, or only one value.
func exampleHeaders(m *Message, headers node) object {
	var all object
	for _, p := range headers.object.object("properties") {
		h := headers.at("properties").at(p.name)
		switch {
		case p.name == "ce_type":
			all = append(all, member{p.name, m.Type})
		case h.get("const") != nil:
			all = append(all, member{p.name, h.get("const")})
		case len(h.list("examples")) > 0:
			all = append(all, member{p.name, h.list("examples")[0]})
		}
	}
	return all
}

func reference(to string) object { return object{{"$ref", to}} }

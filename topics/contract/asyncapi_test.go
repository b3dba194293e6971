package contract

import (
	"bytes"
	"compress/gzip"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"purser/topics"
)

var rewrite = flag.Bool("rewrite", false, "write topics/asyncapi.json from the schemas and the table of topics")

const checkedIn = "../asyncapi.json"

// TestTheDocumentIsCheckedIn: the file that integrators take from the repository is what the program prints.
func TestTheDocumentIsCheckedIn(t *testing.T) {
	if *rewrite {
		require.NoError(t, os.WriteFile(checkedIn, AsyncAPI(), 0o644))
	}
	text, err := os.ReadFile(checkedIn)
	require.NoError(t, err)
	require.Equal(t, string(AsyncAPI()), string(text), "run make contract, and look at what it changes")
}

// TestTheDocumentIsAsyncAPI: by the specification's own schema, and every reference in it leads somewhere.
func TestTheDocumentIsAsyncAPI(t *testing.T) {
	packed, err := os.Open(filepath.Join("testdata", "asyncapi-3.0.0.schema.json.gz"))
	require.NoError(t, err)
	defer packed.Close()
	text, err := gzip.NewReader(packed)
	require.NoError(t, err)
	spec, err := jsonschema.UnmarshalJSON(text)
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	require.NoError(t, c.AddResource(base+"asyncapi", spec))
	s, err := c.Compile(base + "asyncapi")
	require.NoError(t, err)

	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(AsyncAPI()))
	require.NoError(t, err)
	require.NoError(t, s.Validate(document))
	document.(map[string]any)["channels"].(map[string]any)["usage"].(map[string]any)["place"] = "usage"
	require.Error(t, s.Validate(document), "a schema that takes everything")
	references(t, tree(t, AsyncAPI()), tree(t, AsyncAPI()))
}

func tree(t *testing.T, text []byte) object {
	v, err := parse(text)
	require.NoError(t, err)
	return v.(object)
}

// references follows each one in a document.
func references(t *testing.T, document object, v any) {
	switch v := v.(type) {
	case object:
		if ref := v.text("$ref"); ref != "" {
			path, ok := strings.CutPrefix(ref, "#/")
			require.True(t, ok, ref)
			at := document
			for _, name := range strings.Split(path, "/") {
				at = at.object(name)
			}
			require.NotNil(t, at, ref)
		}
		for _, m := range v {
			references(t, document, m.value)
		}
	case []any:
		for _, one := range v {
			references(t, document, one)
		}
	}
}

// TestTheDocumentNamesEverything: every topic with its key, and every message with its headers, content type, payload and
// an example that the schemas in the same document take.
func TestTheDocumentNamesEverything(t *testing.T) {
	document := tree(t, AsyncAPI())
	c := jsonschema.NewCompiler()
	require.NoError(t, c.AddResource(base+"document", plain(document)))
	c.DefaultDraft(jsonschema.Draft2020)
	seen := map[string]bool{}
	for _, topic := range Topics {
		channel := document.object("channels").object(topic.Name)
		require.Equal(t, topic.Name, channel.text("address"))
		require.Len(t, channel.object("messages"), len(topic.Messages), topic.Name)
		for _, m := range channel.object("messages") {
			message := document.object("components").object("messages").object(m.name)
			require.NotEmpty(t, message.object("bindings").object("kafka").object("key").text("description"), m.name)
			require.NotEmpty(t, message.object("headers").object("properties"), m.name)
			if topic.Name == topics.DeadLetter {
				continue // its value is whatever came
			}
			require.Equal(t, contentJSON, message.text("contentType"), m.name)
			seen[strings.TrimPrefix(message.object("payload").text("$ref"), components)] = true
			payload, err := c.Compile(base + "document#/components/messages/" + m.name + "/payload")
			require.NoError(t, err)
			headers, err := c.Compile(base + "document#/components/messages/" + m.name + "/headers")
			require.NoError(t, err)
			require.NotEmpty(t, message.list("examples"), m.name)
			for _, one := range message.list("examples") {
				require.NoError(t, payload.Validate(plain(one.(object).get("payload"))), m.name)
				shown := plain(one.(object).get("headers")).(map[string]any)
				shown[topics.HeaderMark] = "bytes" // not to be shown
				require.NoError(t, headers.Validate(shown), m.name)
			}
		}
	}
	for kind := range wire {
		require.True(t, seen[kind], "%s is in no channel", kind)
	}
}

// TestSchemasStandAlone: what Schema gives away needs no other file.
func TestSchemasStandAlone(t *testing.T) {
	for kind := range wire {
		text, ok := Schema(kind)
		require.True(t, ok, kind)
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		require.NoError(t, err)
		c := jsonschema.NewCompiler()
		require.NoError(t, c.AddResource(base+kind, doc))
		s, err := c.Compile(base + kind)
		require.NoError(t, err, kind)
		for _, example := range mustSchema(t, kind).list("examples") {
			require.NoError(t, s.Validate(plain(example)), kind)
		}
		require.Error(t, s.Validate([]any{}), kind)
	}
	for _, name := range []string{"common", "headers", "nonsense", ""} {
		_, ok := Schema(name)
		require.False(t, ok, name)
	}
}

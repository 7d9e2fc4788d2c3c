package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/cvdkit/cvdkit/advisory/csaf"
)

// fileList is a flag that may be given often.
type fileList []string

func (l *fileList) String() string     { return strings.Join(*l, ", ") }
func (l *fileList) Set(s string) error { *l = append(*l, s); return nil }

const (
	metadataSchema   = "https://docs.oasis-open.org/csaf/csaf/v2.1/schema/extension-metadata.json"
	maxExtensionFile = 4 << 20
)

// extensions reads files that are the JSON schema of an extension of CSAF 2.1, with
// its $id, or the metadata of one. Nothing is fetched: a schema that another one needs
// is given as a file too.
func extensions(files []string) (map[string]csaf.Extension, error) {
	out := map[string]csaf.Extension{}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.UseLoader(noLoader{})
	compiler.AssertFormat()
	var ids []string
	for _, name := range files {
		value, err := readJSON(name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		object, _ := value.(map[string]any)
		if object["$schema"] == metadataSchema {
			if err := metadata(object, out); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			continue
		}
		id, _ := object["$id"].(string)
		if id == "" {
			return nil, fmt.Errorf("%s: it is neither a schema with an $id nor the metadata of an extension", name)
		}
		// The meta-schema of extensions restricts schemas and adds no keyword.
		delete(object, "$schema")
		if err := compiler.AddResource(id, object); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		ids = append(ids, id)
	}
	for _, id := range ids {
		schema, err := compiler.Compile(id)
		if err != nil {
			return nil, fmt.Errorf("the schema %s: %w", id, err)
		}
		e := out[id]
		e.Class, e.Check = class(id), func(text []byte) []csaf.ExtensionFault { return faults(schema, text) }
		out[id] = e
	}
	return out, nil
}

type noLoader struct{}

func (noLoader) Load(string) (any, error) {
	return nil, errors.New("it is not among the -extension files, and nothing is fetched")
}

func readJSON(name string) (any, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxExtensionFile+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxExtensionFile {
		return nil, errors.New("the file is larger than 4 MiB")
	}
	return jsonschema.UnmarshalJSON(bytes.NewReader(text))
}

// metadata adds what the metadata of an extension requires (CSAF 2.1, section 2.4.3).
func metadata(object map[string]any, out map[string]csaf.Extension) error {
	id, _ := object["extension_schema"].(string)
	required, ok := object["requirement"].(map[string]any)
	if id == "" || !ok {
		return errors.New("the metadata lacks extension_schema or requirement")
	}
	e := out[id]
	e.Class, e.MaxOccurrence = class(id), map[string]int{}
	for location, value := range required {
		v, _ := value.(map[string]any)
		var n int
		if _, err := fmt.Sscan(fmt.Sprint(v["max_occurrence"]), &n); err != nil || n < 0 {
			return errors.New("a max_occurrence of the metadata is no number")
		}
		// The metadata schema of 2.1 still says relationships, which became product_paths.
		e.MaxOccurrence[strings.Replace(location, ".relationships[*].", ".product_paths[*].", 1)] = n
	}
	list, _ := object["incompatible_extensions"].([]any)
	for _, other := range list {
		if s, ok := other.(string); ok {
			e.Incompatible = append(e.Incompatible, s)
		}
	}
	out[id] = e
	return nil
}

// class follows from the place of the schema: OASIS keeps official extensions.
func class(id string) csaf.ExtensionClass {
	if u, err := url.Parse(id); err == nil && strings.EqualFold(u.Hostname(), "docs.oasis-open.org") && strings.HasPrefix(u.Path, "/csaf/") {
		return csaf.Official
	}
	return csaf.Experimental
}

// faults returns the innermost errors of a schema.
func faults(schema *jsonschema.Schema, text []byte) []csaf.ExtensionFault {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err == nil {
		err = schema.Validate(value)
	}
	if err == nil {
		return nil
	}
	var found *jsonschema.ValidationError
	if !errors.As(err, &found) {
		return []csaf.ExtensionFault{{Message: err.Error()}}
	}
	english := message.NewPrinter(language.English)
	var out []csaf.ExtensionFault
	var walk func(e *jsonschema.ValidationError)
	walk = func(e *jsonschema.ValidationError) {
		for _, cause := range e.Causes {
			walk(cause)
		}
		if len(e.Causes) == 0 {
			var path strings.Builder
			for _, token := range e.InstanceLocation {
				path.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(token))
			}
			out = append(out, csaf.ExtensionFault{Path: path.String(), Message: e.ErrorKind.LocalizedString(english)})
		}
	}
	walk(found)
	return out
}

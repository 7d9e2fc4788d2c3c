package cvdjson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"strings"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/vultron"
)

// CaseSchema returns the JSON Schema (draft 2020-12) of what [Marshal] writes. It
// takes members that it does not name: later versions of this form bring some.
func CaseSchema() []byte {
	s := &schema{defs: map[string]any{}}
	s.ref(caseType)
	return s.document("A case as one viewer sees it, by cvdkit", map[string]any{"$ref": "#/$defs/Case"})
}

// CommandSchema returns the JSON Schema (draft 2020-12) of commands and the other
// actions. It is as strict as [Decoder], but for words, which it wants as they are
// written.
func CommandSchema() []byte {
	s := &schema{defs: map[string]any{}, strict: true}
	var all []any
	for _, a := range actions() {
		all = append(all, s.ref(reflect.TypeOf(a)))
	}
	return s.document("A command of cvdkit", map[string]any{
		"type": "object", "required": []string{doMember}, "oneOf": all,
	})
}

type schema struct {
	defs   map[string]any
	strict bool
}

func (s *schema) document(title string, body map[string]any) []byte {
	doc := map[string]any{"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, "$defs": s.defs}
	maps.Copy(doc, body)
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(doc); err != nil {
		panic(err) // maps, lists and texts have a form
	}
	return b.Bytes()
}

// ref defines a struct once and refers to it.
func (s *schema) ref(t reflect.Type) map[string]any {
	name := t.Name()
	if _, done := s.defs[name]; !done {
		s.defs[name] = nil // it may hold itself
		s.defs[name] = s.object(t)
	}
	return map[string]any{"$ref": "#/$defs/" + name}
}

func (s *schema) object(t reflect.Type) map[string]any {
	members := map[string]any{}
	for i := range t.NumField() {
		if f := t.Field(i); f.IsExported() {
			members[snake(f.Name)] = s.of(f.Type)
		}
	}
	out := map[string]any{"type": "object", "properties": members}
	switch {
	case t == caseType:
		members[versionMember] = map[string]any{"const": Version}
		members["rm"], members["rating"] = s.of(reflect.TypeFor[vultron.RM]()), s.of(reflect.TypeFor[cvd.Rating]())
		out["required"] = []string{versionMember, "id", "number"}
	case t == embargoType:
		members["ends"] = s.of(timeType)
	case t == eventType:
		members["about"] = map[string]any{"type": "integer", "minimum": 1}
		members["became"] = map[string]any{"type": "string"}
	case t.Implements(reflect.TypeFor[cvd.Action]()):
		members[doMember] = map[string]any{"const": t.Name()}
		out["required"] = []string{doMember}
	}
	if s.strict {
		out["additionalProperties"] = false
	}
	return out
}

func (s *schema) of(t reflect.Type) map[string]any {
	text := map[string]any{"type": "string"}
	switch f := formOf(t); f {
	case formStruct:
		return s.ref(t)
	case formPointer:
		return s.of(t.Elem())
	case formList:
		return map[string]any{"type": "array", "items": s.of(t.Elem())}
	case formMap:
		return map[string]any{"type": "object", "additionalProperties": s.of(t.Elem())}
	case formTime:
		text["format"] = "date-time"
	case formDuration:
		text["format"] = "duration"
	case formPolicy:
		if s.strict {
			return map[string]any{"type": []string{"string", "object"}, "description": "The name of a policy of the table, or one in the form of package policy."}
		}
		return map[string]any{"type": "object", "description": "A policy in the form of package policy."}
	case formFile:
		one := func(name string) map[string]any {
			return map[string]any{"type": "object", "required": []string{name}, "properties": map[string]any{name: text}, "additionalProperties": false}
		}
		return map[string]any{"description": "The content of a file: base64, or an object.",
			"oneOf": []any{map[string]any{"type": "string", "contentEncoding": "base64"}, one("base64"), one("text"), one("file")}}
	case formSet:
		return map[string]any{"type": "array", "uniqueItems": true, "items": map[string]any{"enum": setWords(t)}}
	case formWord:
		// A case may hold words of later versions.
		if all := words(t); s.strict || len(all) > 0 {
			if s.strict {
				return map[string]any{"enum": all}
			}
			return map[string]any{"type": "string", "description": "One of: " + strings.Join(all, ", ") + "."}
		}
	case formText:
		if t == caseIDType || t.Size() == 16 && t.Kind() == reflect.Array {
			text["format"] = "uuid"
		}
	case formInt:
		return map[string]any{"type": "integer"}
	case formUint:
		return map[string]any{"type": "integer", "minimum": 0}
	case formFloat:
		return map[string]any{"type": "number"}
	case formBool:
		return map[string]any{"type": "boolean"}
	case formNone:
		panic(fmt.Sprintf("cvdjson: %s has no JSON form", t)) // a test goes through all types
	}
	return text
}

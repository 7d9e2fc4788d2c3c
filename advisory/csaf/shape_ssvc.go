package csaf

import (
	"strings"
	"sync"

	"github.com/cvdkit/cvdkit/advisory/internal/shape"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

// ssvcShape is the SSVC selection list 2.0.0.
var ssvcShape = sync.OnceValue(func() *shape.Shape {
	closed := func(required string, m members) *shape.Shape {
		return &shape.Shape{Kind: jsontree.Object, Required: strings.Fields(required), Members: m, Closed: true}
	}
	key := func() *shape.Shape {
		return matching(1, pattern(`^(([a-zA-Z0-9])|([a-zA-Z0-9][a-zA-Z0-9_]*[a-zA-Z0-9])|(T\*))$`))
	}
	reference := closed("uri summary", members{
		"uri": {Kind: jsontree.String, Min: 1, Format: isURI}, "summary": anyText(),
	})
	namespace := matching(3, pattern(ssvcNamespace()))
	namespace.Max = 1000
	return closed("timestamp schemaVersion selections", members{
		"timestamp":     dateTime(),
		"schemaVersion": enum("2.0.0"),
		"target_ids":    set(anyText()),
		"selections": list(closed("namespace key version values", members{
			"namespace":  namespace,
			"key":        key(),
			"version":    matching(5, isSemver),
			"name":       text(),
			"definition": text(),
			"values":     list(closed("key", members{"name": text(), "definition": text(), "key": key()})),
		})),
		"decision_point_resources": list(reference),
		"references":               list(reference),
	})
})

// ssvcNamespace builds the expression of a namespace from the parts of its
// grammar: a base, then extensions after slashes.
func ssvcNamespace() string {
	const (
		alnum    = `[a-z0-9]`
		label    = alnum + `([a-z0-9-]{0,61}` + alnum + `)?`
		domain   = label + `(\.` + label + `)+`
		fragment = alnum + `+([.-]` + alnum + `+)*`
		lang     = `(([a-zA-Z]{2,3}(-[a-zA-Z]{3}(-[a-zA-Z]{3}){0,2})?|[a-zA-Z]{4,8})(-[a-zA-Z]{4})?(-([a-zA-Z]{2}|[0-9]{3}))?` +
			`(-([a-zA-Z0-9]{5,8}|[0-9][a-zA-Z0-9]{3}))*(-[0-9A-WY-Za-wy-z](-[a-zA-Z0-9]{2,8})+)*(-[xX](-[a-zA-Z0-9]{2,8})+)?` +
			`|[xX](-[a-zA-Z0-9]{2,8})+|i-default|i-mingo)`
		base = `(x_` + domain + `#` + fragment + `|[a-z]` + alnum + `([.-]?` + alnum + `+)+(#` + fragment + `)?)`
		more = `(/(` + lang + `|\.` + domain + `#` + fragment + `|\.(` + domain + `|` + label + `(\.` + label + `)+#` + fragment + `)\$` + lang + `))`
	)
	return `^` + base + `((/|/` + lang + `)(` + more + `+)?)?$`
}

// extensionContent is the content schema of an extension of CSAF 2.1. What the
// content holds is up to the extension.
func extensionContent() *shape.Shape {
	return &shape.Shape{
		Kind: jsontree.Object, Required: []string{"$schema", "category", "critical", "content"}, Closed: true,
		Members: members{
			"$schema":  {Kind: jsontree.String, Match: isExtensionURL, Format: isURI},
			"category": enum("essential significant supplementary"),
			"content":  {Kind: jsontree.Object, Min: 1, Free: true},
			"critical": {Kind: jsontree.Bool},
		},
	}
}

var (
	extensionURL = pattern(`^https://[a-z0-9](([a-z0-9-]){0,61}[a-z0-9])?(\.[a-z0-9](([a-z0-9-]){0,61}[a-z0-9])?)+/([^/\s]+/)*[^/\s]+_` +
		`(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?` +
		`(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?\.json$`)
	contentSchemaURL = pattern(`^https://docs\.oasis-open\.org/csaf/csaf/v2\.1/([^/\s]+/)*schema/extension-content\.json`)
)

// isExtensionURL is the pattern of the schema, whose look-ahead keeps the URL of
// the content schema itself out.
func isExtensionURL(s string) bool { return extensionURL(s) && !contentSchemaURL(s) }

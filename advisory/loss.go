package advisory

import (
	"errors"
	"strconv"
	"strings"
)

// Loss is something that a conversion left out or changed.
type Loss struct {
	// Path is a JSON pointer: when writing, into the model (names of fields in lower
	// case, such as /vulnerabilities/0/scores/1/epss); when reading, into the document.
	Path string
	// Reason is one of a fixed set of sentences; it holds no text of the advisory.
	Reason string
	Kind   LossKind // whether something was left out, or changed
}

// LossKind says what happened to a value.
type LossKind int

// The kinds of losses. NoPlace is the zero value.
const (
	NoPlace      LossKind = iota // the other side has no place for it
	Contradicts                  // it contradicts another value, which was kept
	Malformed                    // it is not what its format says that it is
	Filled                       // the format needs it and the source lacks it: it was made
	Confidential                 // the result tells less about who may see it
)

// String returns the kind in words.
func (k LossKind) String() string {
	switch k {
	case Contradicts:
		return "contradiction"
	case Malformed:
		return "malformed"
	case Filled:
		return "filled in"
	case Confidential:
		return "confidentiality"
	}
	return "no place"
}

// Weight says how much a reader of the result misses.
type Weight int

// The weights. Light is bookkeeping, such as who reserved an ID; Heavy is what readers
// act upon: which products are affected, how badly, and what to do.
const (
	Light Weight = iota
	Middling
	Heavy
)

// String returns the weight in a word.
func (w Weight) String() string { return [...]string{"light", "middling", "heavy"}[w] }

// Weight returns how much a reader misses. It follows from the kind and from the
// names in the path: the nearest that says something decides. A contradiction is
// never light, a value that was made never heavy, and confidentiality always heavy.
func (l Loss) Weight() Weight {
	w := Middling
	parts := strings.Split(l.Path, "/")
	for i := len(parts) - 1; i >= 0; i-- {
		if known, ok := weights(parts[i]); ok {
			w = known
			break
		}
	}
	switch {
	case l.Kind == Confidential:
		return Heavy
	case l.Kind == Filled:
		return min(w, Middling)
	case l.Kind == Contradicts:
		return max(w, Middling)
	}
	return w
}

func weights(name string) (Weight, bool) {
	if strings.HasPrefix(name, "x_") {
		return Light, true
	}
	switch name {
	case "providerMetadata", "assignerOrgId", "assignerShortName", "dateReserved", "serial", "supportingMedia",
		"generator", "engine", "database_specific", "ecosystem_specific", "schema_version", "tooling", "role",
		"supplier", "category", "title", "type", "summary", "self", "lang", "system", "format", "scenarios", "tags",
		"id", "aliases", "version", "revisions", "source", "modules", "programfiles", "programroutines", "name",
		"collectionURL", "packageName", "requesterUserId", "language", "license", "last_updated", "audience":
		return Light, true
	case "products", "product_status", "status", "affected", "versions", "ranges", "range", "events", "scores",
		"severity", "metrics", "remediations", "solutions", "workarounds", "descriptions", "details", "flags",
		"justification", "impact_statement", "action_statement", "withdrawn", "cve", "vulnerabilities", "tlp",
		"cvss_v2", "cvss_v3", "cvss_v4", "baseScore", "baseSeverity", "statements", "defaultStatus", "purls", "cpe",
		"product_tree":
		return Heavy, true
	}
	return Middling, false
}

// String returns the path and the reason.
func (l Loss) String() string { return l.Path + ": " + l.Reason }

// What the writers refuse. An *Error wraps one of them.
var (
	// ErrConfidential: the format is public, or cannot carry the label, and the
	// advisory's TLP label does not permit what writing it would tell.
	ErrConfidential = errors.New("advisory: the TLP label does not permit this format")
	// ErrIncomplete: the format needs something that the advisory lacks.
	ErrIncomplete = errors.New("advisory: something that the format needs is missing")
	// ErrInvalid: the format does not allow what the advisory says there.
	ErrInvalid = errors.New("advisory: the format does not allow it")
	// ErrSeveral: the format holds one vulnerability; see Split.
	ErrSeveral = errors.New("advisory: the format holds one vulnerability")
	// ErrFormat: the text is not a document of the format.
	ErrFormat = errors.New("advisory: not a document of this format")
)

// Error says what is missing or not permitted, and where. It holds no text of the
// advisory.
type Error struct {
	Rule   error  // one of the Err values
	Path   string // JSON pointer into the model or the document
	Reason string // one of a fixed set of sentences
}

// Error returns rule, path and reason.
func (e *Error) Error() string {
	s := e.Rule.Error()
	if e.Path != "" {
		s += ": " + e.Path
	}
	if e.Reason != "" {
		s += ": " + e.Reason
	}
	return s
}

// Unwrap returns the rule.
func (e *Error) Unwrap() error { return e.Rule }

// At builds a JSON pointer from names and indexes.
func At(parts ...any) string {
	b := make([]byte, 0, 64)
	for _, p := range parts {
		b = append(b, '/')
		switch p := p.(type) {
		case int:
			b = strconv.AppendInt(b, int64(p), 10)
		case string:
			if strings.ContainsAny(p, "~/") {
				p = strings.NewReplacer("~", "~0", "/", "~1").Replace(p)
			}
			b = append(b, p...)
		}
	}
	return string(b)
}

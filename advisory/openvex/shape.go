package openvex

import (
	"net/url"
	"strings"
	"sync"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/internal/shape"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

type members = map[string]*shape.Shape

const hashNames = "md5 sha1 sha-256 sha-384 sha-512 sha3-224 sha3-256 sha3-384 sha3-512 blake2s-256 blake2b-256 blake2b-512"

var documentShape = sync.OnceValue(func() *shape.Shape {
	integer := func() *shape.Shape { return shape.Positive() }
	when := func() *shape.Shape { return shape.Matching(shape.DateTime) }
	iri := func() *shape.Shape { return shape.Matching(isIRI) }
	statement := shape.Closed("vulnerability status", members{
		"@id": iri(), "version": integer(), "timestamp": when(), "last_updated": when(),
		"vulnerability": shape.Closed("name", members{
			"@id": iri(), "name": shape.Any(), "description": shape.Any(), "aliases": shape.Set(0, shape.Any()),
		}),
		"products": shape.Set(0, component(true)),
		"status":   shape.One("not_affected", "affected", "fixed", "under_investigation"),
		"supplier": shape.Any(), "status_notes": shape.Any(),
		"justification": shape.One(string(advisory.ComponentNotPresent), string(advisory.CodeNotPresent),
			string(advisory.CodeNotInExecutePath), string(advisory.CodeNotControllable), string(advisory.MitigationsAlreadyExist)),
		"impact_statement": shape.Any(), "action_statement": shape.Any(), "action_statement_timestamp": when(),
	})
	statement.Extra = statementRules
	return shape.Closed("@context @id author timestamp version statements", members{
		"@context": iri(), "@id": iri(), "author": shape.Any(), "role": shape.Any(), "timestamp": when(),
		"last_updated": when(), "version": integer(), "tooling": shape.Any(), "statements": shape.Set(1, statement),
	})
})

func statementRules(n *jsontree.Node, fault func(string, string)) {
	switch n.Text("status") {
	case "not_affected":
		if !n.Has("justification") && !n.Has("impact_statement") {
			fault("", "not_affected needs a justification or an impact_statement")
		}
	case "affected":
		if !n.Has("action_statement") {
			fault("", "affected needs an action_statement")
		}
	}
}

func component(top bool) *shape.Shape {
	hashes := members{}
	for _, name := range strings.Fields(hashNames) {
		hashes[name] = shape.Any()
	}
	ids := shape.Closed("", members{"purl": shape.Any(), "cpe22": shape.Any(), "cpe23": shape.Any()})
	ids.Extra = func(n *jsontree.Node, fault func(string, string)) {
		if !n.Has("purl") && !n.Has("cpe22") && !n.Has("cpe23") {
			fault("", "it has no identifier")
		}
	}
	m := members{"@id": shape.Matching(isIRI), "identifiers": ids, "hashes": shape.Closed("", hashes)}
	if top {
		m["subcomponents"] = shape.Set(0, component(false))
	}
	s := shape.Closed("", m)
	s.Extra = func(n *jsontree.Node, fault func(string, string)) {
		if !n.Has("@id") && !n.Has("identifiers") {
			fault("", "it has neither @id nor identifiers")
		}
	}
	return s
}

// isIRI: an absolute IRI. Go's parser accepts characters beyond ASCII, as IRIs do.
func isIRI(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme != "" && !strings.ContainsAny(s, " \t\r\n<>\"{}|\\^`")
}

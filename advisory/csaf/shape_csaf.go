package csaf

import (
	"strings"
	"sync"

	"github.com/cvdkit/cvdkit/advisory/internal/shape"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

type members = map[string]*shape.Shape

// shapeOf returns the table of a version, built at its first use.
func shapeOf(v Version) *shape.Shape {
	if v == V21 {
		return shape21()
	}
	return shape20()
}

var (
	shape20 = sync.OnceValue(func() *shape.Shape { return (&tables{spec: V20}).csaf() })
	shape21 = sync.OnceValue(func() *shape.Shape { return (&tables{spec: V21}).csaf() })
)

// tables builds the shapes of one version. Where the versions differ, the
// difference stands next to what they share.
type tables struct {
	spec       Version
	extensions *shape.Shape
	product    *shape.Shape
}

// obj is an object with the named members required. Objects of 2.1 are closed.
func (t *tables) obj(required string, m members) *shape.Shape {
	return &shape.Shape{Kind: jsontree.Object, Required: strings.Fields(required), Members: m, Closed: t.spec.AtLeast(V21)}
}

func (t *tables) objMin(n int, m members) *shape.Shape {
	s := t.obj("", m)
	s.Min = n
	return s
}

func list(items *shape.Shape) *shape.Shape {
	return &shape.Shape{Kind: jsontree.Array, Items: items, Min: 1}
}

func set(items *shape.Shape) *shape.Shape {
	return &shape.Shape{Kind: jsontree.Array, Items: items, Min: 1, Unique: true}
}

// set21 is a set in 2.1 and a list in 2.0.
func (t *tables) set21(items *shape.Shape) *shape.Shape {
	if t.spec.AtLeast(V21) {
		return set(items)
	}
	return list(items)
}

func text() *shape.Shape { return &shape.Shape{Kind: jsontree.String, Min: 1} }
func anyText() *shape.Shape {
	return &shape.Shape{Kind: jsontree.String}
}
func matching(min int, m func(string) bool) *shape.Shape {
	return &shape.Shape{Kind: jsontree.String, Min: min, Match: m}
}
func uri() *shape.Shape      { return &shape.Shape{Kind: jsontree.String, Format: isURI} }
func dateTime() *shape.Shape { return &shape.Shape{Kind: jsontree.String, Format: isDateTime} }
func enum(values string) *shape.Shape {
	return &shape.Shape{Kind: jsontree.String, Enum: strings.Fields(values)}
}

func (t *tables) csaf() *shape.Shape {
	t.extensions = set(extensionContent())
	t.product = t.fullProductName()
	m := members{
		"document":        t.document(),
		"product_tree":    t.productTree(),
		"vulnerabilities": list(t.vulnerability()),
	}
	if !t.spec.AtLeast(V21) {
		return t.obj("document", m)
	}
	m["$schema"] = &shape.Shape{Kind: jsontree.String, Enum: []string{schemaURL21}, Format: isURI}
	m["x_extensions"] = t.extensions
	return t.obj("$schema document", m)
}

func (t *tables) acknowledgments() *shape.Shape {
	return list(t.objMin(1, members{
		"names": list(text()), "organization": text(), "summary": text(), "urls": list(uri()),
	}))
}

func (t *tables) references() *shape.Shape {
	return list(t.obj("summary url", members{"category": enum("external self"), "summary": text(), "url": uri()}))
}

func (t *tables) notes() *shape.Shape {
	m := members{
		"audience": text(), "text": text(), "title": text(),
		"category": enum("description details faq general legal_disclaimer other summary"),
	}
	return list(t.obj("category text", t.targets21(m)))
}

// targets adds the members that bind an item to products.
func targets(m members) members {
	m["group_ids"] = set(text())
	m["product_ids"] = set(text())
	return m
}

func (t *tables) targets21(m members) members {
	if t.spec.AtLeast(V21) {
		return targets(m)
	}
	return m
}

func (t *tables) document() *shape.Shape {
	version := enum("2.0")
	publisher := "coordinator discoverer other translator user vendor"
	m := members{
		"acknowledgments":    t.acknowledgments(),
		"aggregate_severity": t.obj("text", members{"namespace": uri(), "text": text()}),
		"category":           matching(1, isTrimmed),
		"lang":               matching(0, isLang),
		"notes":              t.notes(),
		"references":         t.references(),
		"source_lang":        matching(0, isLang),
		"title":              text(),
		"tracking":           t.tracking(),
	}
	required := "category csaf_version publisher title tracking"
	if t.spec.AtLeast(V21) {
		version = enum("2.1")
		publisher += " multiplier"
		required += " distribution"
		m["license_expression"] = text()
		m["x_extensions"] = t.extensions
	}
	m["csaf_version"] = version
	m["distribution"] = t.distribution()
	m["publisher"] = t.obj("category name namespace", members{
		"category": enum(publisher), "contact_details": text(), "issuing_authority": text(),
		"name": text(), "namespace": uri(),
	})
	return t.obj(required, m)
}

func (t *tables) distribution() *shape.Shape {
	if !t.spec.AtLeast(V21) {
		return t.objMin(1, members{
			"text": text(),
			"tlp":  t.obj("label", members{"label": enum("AMBER GREEN RED WHITE"), "url": uri()}),
		})
	}
	return t.obj("tlp", members{
		"sharing_group": t.obj("id", members{"id": matching(0, isSharingID), "name": text()}),
		"text":          text(),
		"tlp":           t.obj("label", members{"label": enum("AMBER AMBER+STRICT CLEAR GREEN RED"), "url": uri()}),
	})
}

func (t *tables) tracking() *shape.Shape {
	return t.obj("current_release_date id initial_release_date revision_history status version", members{
		"aliases":              set(text()),
		"current_release_date": dateTime(),
		"generator": t.obj("engine", members{
			"date":   dateTime(),
			"engine": t.obj("name", members{"name": text(), "version": text()}),
		}),
		"id":                   matching(1, isUnspaced),
		"initial_release_date": dateTime(),
		"revision_history": list(t.obj("date number summary", members{
			"date": dateTime(), "legacy_version": text(), "number": matching(0, isVersion), "summary": text(),
		})),
		"status":  enum("draft final interim"),
		"version": matching(0, isVersion),
	})
}

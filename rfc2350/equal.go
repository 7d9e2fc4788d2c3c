package rfc2350

import "reflect"

// Equal reports whether two documents say the same: all values, sections and
// findings, but not line numbers, the signature around the document, and findings
// about the form in which it came.
func (d *Document) Equal(e *Document) bool {
	return reflect.DeepEqual(d.content(), e.content()) && reflect.DeepEqual(d.plainKeys(), e.plainKeys())
}

// content is a copy without what Equal ignores.
func (d *Document) content() Document {
	c := *d
	c.Signature = Signature{}
	c.Sections = append([]Section(nil), d.Sections...)
	for i := range c.Sections {
		c.Sections[i].Line = 0
	}
	c.keys = nil // what they hold is compared apart
	c.Findings = nil
	for _, f := range append(d.KeyFindings(), d.Findings...) {
		if !formCodes[f.Code] {
			f.Line = 0
			c.Findings = append(c.Findings, f)
		}
	}
	c.Origins = append([]Origin(nil), d.Origins...)
	for i := range c.Origins {
		c.Origins[i].Line = 0
	}
	if len(c.Preamble) == 0 {
		c.Preamble = nil
	}
	return c
}

// plainKeys are the keys without their lines.
func (d *Document) plainKeys() []Key {
	keys := d.Keys()
	for i := range keys {
		keys[i].Line = 0
	}
	return keys
}

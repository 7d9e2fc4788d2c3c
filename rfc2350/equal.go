package rfc2350

import "reflect"

// Equal reports whether two documents say the same: all values, sections and
// findings, but not line numbers, the signature around the document, and findings
// about the form in which it came.
func (d *Document) Equal(e *Document) bool {
	return reflect.DeepEqual(d.content(), e.content())
}

// content is a copy without what Equal ignores.
func (d *Document) content() Document {
	c := *d
	c.Signature = Signature{}
	c.Sections = append([]Section(nil), d.Sections...)
	for i := range c.Sections {
		c.Sections[i].Line = 0
	}
	c.Keys = append([]Key(nil), d.Keys...)
	for i := range c.Keys {
		c.Keys[i].Line = 0
	}
	c.Findings = nil
	for _, f := range d.Findings {
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

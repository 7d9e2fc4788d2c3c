package wire

import (
	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

const ssvcVersion = "2.0.0"

// SSVCNode writes the SSVC selection list 2.0.0.
func SSVCNode(c *advisory.Categorization) *jsontree.Node {
	var selections []*jsontree.Node
	for _, x := range c.Selections {
		var values []*jsontree.Node
		for _, key := range x.Values {
			values = append(values, Object(Text("key", key)))
		}
		selections = append(selections, Object(Text("namespace", x.Namespace), Text("key", x.Key),
			Text("version", x.Version), List("values", values)))
	}
	return Object(Text("schemaVersion", ssvcVersion), Time("timestamp", c.At), List("selections", selections))
}

// SSVC takes a selection list 2.0.0.
func (t *Taker) SSVC(n *jsontree.Node) *advisory.Categorization {
	if n.Text("schemaVersion") == ssvcVersion {
		t.Use(n, "schemaVersion")
	}
	c := &advisory.Categorization{At: t.Time(n, "timestamp")}
	for _, s := range n.Get("selections").Items() {
		sel := advisory.Selection{Namespace: t.Text(s, "namespace"), Key: t.Text(s, "key"), Version: t.Text(s, "version")}
		for _, value := range s.Get("values").Items() {
			if key := t.Text(value, "key"); key != "" {
				sel.Values = append(sel.Values, key)
			}
		}
		c.Selections = append(c.Selections, sel)
	}
	return c
}

package csaf

import (
	_ "embed" // the list below
	"strings"
	"sync"
)

//go:embed data/ssvc.txt
var ssvcData string

// decisionPoint is a version of a decision point.
type decisionPoint struct {
	version string
	date    string // YYYY-MM-DD of its publication
	values  []string
}

type decisionKey struct{ namespace, key string }

// decisionPoints are the decision points of the registered namespaces.
var decisionPoints = sync.OnceValue(func() map[decisionKey][]decisionPoint {
	out := map[decisionKey][]decisionPoint{}
	for line := range strings.Lines(ssvcData) {
		f := strings.Fields(line)
		if f[0] == "#" {
			continue
		}
		k := decisionKey{f[0], f[1]}
		out[k] = append(out[k], decisionPoint{f[2], f[3], f[4:]})
	}
	return out
})

// namespace is an SSVC namespace split at its extensions.
type namespace struct {
	base      string // with its fragment
	root      string // base without its fragment
	extended  bool
	extension string
}

func parseNamespace(s string) namespace {
	var n namespace
	n.base, n.extension, n.extended = strings.Cut(s, "/")
	n.root, _, _ = strings.Cut(n.base, "#")
	return n
}

// registered lists the registered base namespaces with decision points.
const registeredNamespaces = "ssvc cvss cisa basic nist"

func (n namespace) registered() bool { return hasWord(registeredNamespaces, n.root) }

// reserved namespaces are for documentation and tests, registered or not.
func (n namespace) example() bool { return n.root == "example" || n.root == "test" }

// unregistered namespaces begin with x_.
func (n namespace) unregistered() bool { return strings.HasPrefix(n.root, "x_") }

func (n namespace) invalid() bool { return n.root == "invalid" || n.root == "x_invalid" }

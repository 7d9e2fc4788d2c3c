package provider

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/csaf"
	"github.com/cvdkit/cvdkit/advisory/tlp"
)

// WellKnown is where the tree lies on a domain (requirement 9).
const WellKnown = "/.well-known/csaf"

// How long signatures stay valid (requirement 19 of CSAF 2.1).
const (
	MinValidity  = 30 * 24 * time.Hour // a key that expires sooner signs nothing
	GoodValidity = 90 * 24 * time.Hour // Status asks for a new key from here on
)

// A Signer makes the signatures. Package pgp has all that it needs.
type Signer interface {
	// SignDetached writes an armored detached OpenPGP signature of src to dst.
	SignDetached(ctx context.Context, dst io.Writer, src io.Reader) error
	// PublicKey returns the armored certificate that verifies the signatures. It
	// must hold no secret.
	PublicKey() []byte
	// Fingerprint is that of the primary key, in hexadecimal.
	Fingerprint() string
	// Expires is when the signatures stop to be valid, usually the expiry of the
	// key; the zero Time stands for never.
	Expires() time.Time
}

// Config says what is published, where and by whom. Dir, State, URL, Publisher,
// Signer and Now are required.
type Config struct {
	// Dir is the public folder; it is served at URL. Only TLP:CLEAR is in it.
	Dir string
	// State is a private folder (mode 0700) on the file system of Dir and Restricted.
	// It must not be served.
	State string
	// Restricted is the folder for labels above CLEAR. It is served at URL too, but
	// only behind a login that programs can use (requirement 5). It must be neither
	// in Dir nor around it. Empty means that nothing above CLEAR is published.
	Restricted string
	// URL is where Dir is served, such as
	// "https://psirt.example/.well-known/csaf". It must be https.
	URL string
	// Publisher goes into the provider metadata. Name, Category and Namespace are
	// required.
	Publisher advisory.Publisher
	// Labels are the labels that have feeds. CLEAR is always among them.
	Labels []tlp.Label
	// Signer signs what is published. When it has another fingerprint than before,
	// the key was rotated: see Resign.
	Signer Signer
	// Now is the clock.
	Now func() time.Time
	// Top is the version whose metadata lies at the top of URL. Zero means
	// csaf.V20, because most clients read nothing else yet.
	Top csaf.Version
	// Maintained says until when (2.0) and from when (2.1) the trees are maintained.
	// Zero times are left out.
	MaintainedUntil, MaintainedFrom time.Time
	// NoList and NoMirror ask aggregators not to list the provider, and not to
	// mirror its documents.
	NoList, NoMirror bool
	// Validator checks documents before they are published. Nil means one without
	// checkers; the preset is csaf.Basic.
	Validator *csaf.Validator
	// Approve, if set, is asked last about each document. An error refuses it: a host
	// that knows of an embargo says so here.
	Approve func(context.Context, *csaf.Document) error
	// Guard decides about requests for labels above CLEAR. It returns true to let a
	// request pass, or answers it itself (401 or 403). It is asked before anything is
	// looked up, so that a refusal tells nothing. Nil answers 403 to all.
	Guard func(w http.ResponseWriter, r *http.Request, label tlp.Label) bool
}

func (c *Config) check() error {
	var bad []string
	for _, f := range []struct {
		name string
		ok   bool
	}{
		{"Dir", c.Dir != ""}, {"State", c.State != ""}, {"Signer", c.Signer != nil}, {"Now", c.Now != nil},
		{"Publisher.Name", c.Publisher.Name != ""}, {"Publisher.Category", c.Publisher.Category != ""},
		{"Publisher.Namespace", c.Publisher.Namespace != ""},
	} {
		if !f.ok {
			bad = append(bad, f.name)
		}
	}
	if len(bad) > 0 {
		return fmt.Errorf("provider: Config needs %s", strings.Join(bad, ", "))
	}
	u, err := url.Parse(c.URL)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("provider: Config.URL must be an https URL without user, query and fragment (CSAF 7.1.3)")
	}
	if c.Top != "" && c.Top != csaf.V20 && c.Top != csaf.V21 {
		return fmt.Errorf("provider: Config.Top: there is no tree for CSAF %s", c.Top)
	}
	for _, l := range c.Labels {
		if !l.Valid() || l == tlp.Unset {
			return errors.New("provider: Config.Labels holds a label that is not set")
		}
		if l != tlp.Clear && c.Restricted == "" {
			return fmt.Errorf("provider: TLP:%s needs Config.Restricted, a folder that is not public", l.Name())
		}
	}
	return c.checkFolders()
}

// checkFolders refuses a private folder that a server of a public one would serve.
func (c *Config) checkFolders() error {
	dirs := map[string]string{"State": c.State, "Restricted": c.Restricted, "Dir": c.Dir}
	for _, pair := range [][2]string{{"Dir", "State"}, {"Dir", "Restricted"}, {"Restricted", "State"}} {
		a, b := dirs[pair[0]], dirs[pair[1]]
		if a == "" || b == "" {
			continue
		}
		inside, err := within(a, b)
		if err != nil {
			return err
		}
		around, err := within(b, a)
		if err != nil {
			return err
		}
		if inside || around {
			return fmt.Errorf("provider: Config.%s and Config.%s must not be one inside the other", pair[0], pair[1])
		}
	}
	return nil
}

// within reports whether b is dir a or lies in it.
func within(a, b string) (bool, error) {
	var p [2]string
	for i, s := range []string{a, b} {
		abs, err := filepath.Abs(s)
		if err != nil {
			return false, err
		}
		// A link to a public folder is that folder.
		if real, err := filepath.EvalSymlinks(abs); err == nil {
			abs = real
		}
		p[i] = abs
	}
	rel, err := filepath.Rel(p[0], p[1])
	if err != nil {
		return false, nil // other volumes
	}
	return rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)), nil
}

// labels returns the labels with feeds, CLEAR first.
func (c *Config) labels() []tlp.Label {
	list := []tlp.Label{tlp.Clear}
	for _, l := range tlp.Labels() {
		if l != tlp.Clear && slices.Contains(c.Labels, l) {
			list = append(list, l)
		}
	}
	return list
}

// base is URL without the slash at its end.
func (c *Config) base() string { return strings.TrimRight(c.URL, "/") }

// A tree is the part for one version of CSAF.
type tree struct {
	version csaf.Version
	dir     string // v2.0
}

// trees lists both, the older first.
var trees = [...]tree{{csaf.V20, "v2.0"}, {csaf.V21, "v2.1"}}

// treeOf returns the tree of a version.
func treeOf(v csaf.Version) (tree, bool) {
	for _, t := range trees {
		if t.version == v {
			return t, true
		}
	}
	return tree{}, false
}

// label names a label as the version of CSAF does. CSAF 2.0 knows TLP 1.0.
func (t tree) label(l tlp.Label) (string, bool) {
	if t.version == csaf.V20 {
		switch l {
		case tlp.Clear:
			return "WHITE", true
		case tlp.AmberStrict:
			return "", false
		}
	}
	return l.Name(), l != tlp.Unset
}

// A shelf holds the documents of one version and label.
type shelf struct {
	tree
	tlp  tlp.Label
	name string // WHITE
	path string // v2.0/white
	root string // Dir or Restricted
	url  string // of the folder, with the slash
}

// shelves lists what has feeds, in a stable order.
func (c *Config) shelves() []shelf {
	var list []shelf
	for _, t := range trees {
		for _, l := range c.labels() {
			if s, ok := c.shelf(t, l); ok {
				list = append(list, s)
			}
		}
	}
	return list
}

func (c *Config) shelf(t tree, l tlp.Label) (shelf, bool) {
	name, ok := t.label(l)
	if !ok || !slices.Contains(c.labels(), l) {
		return shelf{}, false
	}
	s := shelf{tree: t, tlp: l, name: name, path: t.dir + "/" + strings.ToLower(name), root: c.Dir}
	if l != tlp.Clear {
		s.root = c.Restricted
	}
	s.url = c.base() + "/" + s.path + "/"
	return s, true
}

// feed is the file name of the shelf's ROLIE feed.
func (s shelf) feed() string {
	return "csaf-feed-tlp-" + strings.ReplaceAll(strings.ToLower(s.name), "+", "-") + ".json"
}

// file returns the path of a file of the shelf in the file system.
func (s shelf) file(name string) string {
	return filepath.Join(s.root, filepath.FromSlash(s.path), filepath.FromSlash(name))
}

package provider

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/advisory/tlp"
)

// Handler serves the tree at the path of Config.URL, and the metadata at "/" of the
// host "csaf.data.security.…" (requirement 10). It answers GET and HEAD, whatever
// the User-Agent, with an entity tag, Last-Modified and ranges, and allows every
// origin (requirement 25). Documents are application/json without a charset.
// Folders show a listing (requirement 14). Labels above CLEAR are asked of
// Config.Guard first.
//
// It may be used by many goroutines, and while a Publisher, also of another
// process, publishes.
func (p *Publisher) Handler() http.Handler {
	u, _ := url.Parse(p.cfg.base())
	h := &handler{p: p, prefix: u.Path, guarded: map[string]tlp.Label{}}
	for _, s := range p.cfg.shelves() {
		if s.tlp != tlp.Clear {
			h.guarded[s.path] = s.tlp
		}
	}
	return h
}

type handler struct {
	p       *Publisher
	prefix  string // /.well-known/csaf
	guarded map[string]tlp.Label
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	head := w.Header()
	head.Set("Access-Control-Allow-Origin", "*")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		head.Set("Allow", "GET, HEAD")
		http.Error(w, "only GET and HEAD", http.StatusMethodNotAllowed)
		return
	}
	name, ok := h.name(r)
	if !ok {
		notFound(w)
		return
	}
	root := h.p.cfg.Dir
	if label := h.label(name); label != tlp.Clear {
		if h.p.cfg.Guard == nil {
			http.Error(w, "access to this folder was not set up", http.StatusForbidden)
			return
		}
		head.Set("Cache-Control", "private, no-store")
		if !h.p.cfg.Guard(w, r, label) {
			return
		}
		root = h.p.cfg.Restricted
	}
	h.serve(w, r, root, name)
}

// name returns the path below the tree, without a slash at its begin. Names that
// begin with a dot do not exist, and neither does what is not in its shortest form.
func (h *handler) name(r *http.Request) (string, bool) {
	p := r.URL.Path
	if p == "/" && strings.HasPrefix(strings.ToLower(r.Host), "csaf.data.security.") {
		return MetadataName, true
	}
	name, ok := strings.CutPrefix(p, h.prefix)
	if !ok || name != "" && name[0] != '/' {
		return "", false
	}
	if strings.Contains(name, "/.") || strings.Contains(name, "//") || strings.ContainsAny(name, "\\\x00") {
		return "", false
	}
	return strings.TrimPrefix(name, "/"), true
}

// label returns the label of the folder in which a path lies. What has none is
// looked up in Config.Dir only, where nothing above CLEAR is.
func (h *handler) label(name string) tlp.Label {
	first, rest, _ := strings.Cut(name, "/")
	second, _, _ := strings.Cut(rest, "/")
	if l, ok := h.guarded[first+"/"+second]; ok {
		return l
	}
	return tlp.Clear
}

func (h *handler) serve(w http.ResponseWriter, r *http.Request, root, name string) {
	f, err := os.Open(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			http.Error(w, "the file cannot be read", http.StatusInternalServerError)
			return
		}
		notFound(w)
		return
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		http.Error(w, "the file cannot be read", http.StatusInternalServerError)
		return
	}
	if info.IsDir() {
		h.folder(w, r, f, root, name)
		return
	}
	if strings.HasSuffix(name, "/") || !info.Mode().IsRegular() {
		notFound(w)
		return
	}
	h.file(w, r, f, info)
}

func (h *handler) file(w http.ResponseWriter, r *http.Request, f *os.File, info fs.FileInfo) {
	head := w.Header()
	head.Set("Content-Type", contentType(f.Name()))
	head.Set("X-Content-Type-Options", "nosniff")
	// Files are replaced, never edited, so time and size tell them apart.
	head.Set("ETag", `"`+strconv.FormatInt(info.ModTime().UnixNano(), 36)+"-"+strconv.FormatInt(info.Size(), 36)+`"`)
	http.ServeContent(w, r, "", info.ModTime(), f)
}

func contentType(name string) string {
	switch path.Ext(name) {
	case ".json":
		return "application/json" // no charset: RFC 8259, section 11
	case ".asc":
		if filepath.Base(filepath.Dir(name)) == "openpgp" {
			return "application/pgp-keys"
		}
		return "application/pgp-signature"
	case ".csv":
		return "text/csv; charset=utf-8"
	case ".html":
		return "text/html; charset=utf-8"
	case ".atom":
		return "application/atom+xml"
	}
	return "text/plain; charset=utf-8"
}

func notFound(w http.ResponseWriter) { http.Error(w, "there is nothing here", http.StatusNotFound) }

// folder answers with index.html, or with a listing.
func (h *handler) folder(w http.ResponseWriter, r *http.Request, f *os.File, root, name string) {
	if !strings.HasSuffix(r.URL.Path, "/") {
		u := url.URL{Path: "./" + path.Base(r.URL.Path) + "/"}
		w.Header().Set("Location", u.String())
		w.WriteHeader(http.StatusMovedPermanently)
		return
	}
	if name == "" {
		if index, err := os.Open(filepath.Join(root, pageName)); err == nil {
			defer index.Close()
			if info, err := index.Stat(); err == nil {
				h.file(w, r, index, info)
				return
			}
		}
	}
	entries, err := f.ReadDir(-1)
	if err != nil {
		http.Error(w, "the folder cannot be read", http.StatusInternalServerError)
		return
	}
	b, err := listing(root, name, r.URL.Path, entries)
	if err != nil {
		http.Error(w, "the folder cannot be shown", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b))
}

type listed struct{ Name, Size, Time string }

func listing(root, name, shown string, entries []fs.DirEntry) ([]byte, error) {
	v := struct {
		Path  string
		Parts []string // of Path: a line may break between them
		Up    bool
		Files []listed
	}{Path: shown, Parts: strings.SplitAfter(shown, "/"), Up: name != ""}
	sortEntries(entries)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		info, err := os.Stat(filepath.Join(root, filepath.FromSlash(name), e.Name()))
		if err != nil {
			continue // it has just gone
		}
		l := listed{Name: e.Name(), Time: info.ModTime().UTC().Format("2006-01-02 15:04")}
		if info.IsDir() {
			l.Name += "/"
		} else {
			l.Size = fmt.Sprint(info.Size())
		}
		v.Files = append(v.Files, l)
	}
	var b bytes.Buffer
	err := templates().ExecuteTemplate(&b, "listing", v)
	return b.Bytes(), err
}

// sortEntries puts folders first and new years before old ones.
func sortEntries(entries []fs.DirEntry) {
	slices.SortFunc(entries, func(a, b fs.DirEntry) int {
		if a.IsDir() != b.IsDir() {
			if a.IsDir() {
				return -1
			}
			return 1
		}
		if a.IsDir() && isYear(a.Name()) && isYear(b.Name()) {
			return strings.Compare(b.Name(), a.Name())
		}
		return strings.Compare(a.Name(), b.Name())
	})
}

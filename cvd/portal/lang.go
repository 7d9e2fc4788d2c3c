package portal

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/cvdkit/cvdkit/cvd/timeline"
)

//go:embed templates/*.html style.css lang/*.json
var own embed.FS

// language is a catalogue, and the pages in it.
type language struct {
	tag   string
	texts map[string]string
	pages map[string]*template.Template
}

// load reads catalogues and templates.
func (p *Portal) load() error {
	var err error
	if p.style, err = p.file("style.css"); err != nil {
		return err
	}
	p.style = append(p.style, timeline.ListStyle...)
	english, err := p.catalogue("en")
	if err != nil {
		return err
	}
	tags := map[string]bool{}
	for _, dir := range []fs.FS{own, p.cfg.Files} {
		if dir == nil {
			continue
		}
		names, err := fs.Glob(dir, "lang/*.json")
		if err != nil {
			return err
		}
		for _, n := range names {
			tags[strings.TrimSuffix(path.Base(n), ".json")] = true
		}
	}
	p.pages = map[string]*language{}
	for tag := range tags {
		texts, err := p.catalogue(tag)
		if err != nil {
			return err
		}
		l := &language{tag: tag, texts: texts, pages: map[string]*template.Template{}}
		for k, v := range english {
			if _, ok := texts[k]; !ok {
				texts[k] = v
			}
		}
		for _, name := range pageNames {
			if l.pages[name], err = p.template(l, name); err != nil {
				return err
			}
		}
		p.pages[tag], p.langs = l, append(p.langs, tag)
	}
	slices.Sort(p.langs)
	return nil
}

// file reads a file of Config.Files, or the package's own.
func (p *Portal) file(name string) ([]byte, error) {
	if p.cfg.Files != nil {
		b, err := fs.ReadFile(p.cfg.Files, name)
		if !errors.Is(err, fs.ErrNotExist) {
			return b, err
		}
	}
	return own.ReadFile(name)
}

// catalogue reads the texts of a language, with those that the host puts above them.
func (p *Portal) catalogue(tag string) (map[string]string, error) {
	texts := map[string]string{}
	for _, dir := range []fs.FS{own, p.cfg.Files} {
		if dir == nil {
			continue
		}
		b, err := fs.ReadFile(dir, "lang/"+tag+".json")
		if errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			return nil, err
		}
		d := json.NewDecoder(bytes.NewReader(b))
		if err := d.Decode(&texts); err != nil {
			return nil, fmt.Errorf("portal: lang/%s.json: %w", tag, err)
		}
	}
	return texts, nil
}

// pageNames are the templates of whole pages; each has a file in templates.
var pageNames = []string{"report", "receipt", "open", "case", "cases", "resend", "message", "lost", "renew"}

func (p *Portal) template(l *language, name string) (*template.Template, error) {
	t := template.New("layout").Funcs(template.FuncMap{
		"t":    l.text,
		"has":  func(key string) bool { return l.texts[key] != "" },
		"lang": func(tag string) string { return p.pages[tag].texts["language"] },
		"size": l.size,
		"pair": func(f fieldView, limit string) any {
			return struct {
				Field fieldView
				Limit string
			}{f, limit}
		},
	})
	for _, n := range []string{"layout", "parts", name} {
		b, err := p.file("templates/" + n + ".html")
		if err != nil {
			return nil, err
		}
		if t, err = t.Parse(string(b)); err != nil {
			return nil, fmt.Errorf("portal: templates/%s.html: %w", n, err)
		}
	}
	return t, nil
}

// text is a text of the catalogue, with %s, %d … for what it speaks of.
func (l *language) text(key string, args ...any) string {
	s, ok := l.texts[key]
	switch {
	case !ok:
		return key
	case len(args) == 0:
		return s
	}
	return fmt.Sprintf(s, args...)
}

// size writes a number of bytes for people.
func (l *language) size(n int64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	v, i := float64(n), 0
	for ; v >= 1024 && i < len(units)-1; i++ {
		v /= 1024
	}
	s := strconv.FormatFloat(v, 'f', 1, 64)
	s = strings.TrimSuffix(s, ".0")
	return strings.Replace(s, ".", l.texts["decimal"], 1) + "\u00a0" + units[i]
}

// language is what the person has switched to, else what the browser asks for.
func (p *Portal) language(r *http.Request) *language {
	if l := p.pages[r.URL.Query().Get("lang")]; l != nil {
		return l
	}
	if c, err := r.Cookie(p.cookieName(cookieLanguage)); err == nil && p.pages[c.Value] != nil {
		return p.pages[c.Value]
	}
	best, most := p.pages["en"], 0.0
	header := strings.Join(r.Header.Values("Accept-Language"), ",")
	if len(header) > 1000 {
		header = header[:1000]
	}
	for part := range strings.SplitSeq(header, ",") {
		tag, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		q := 1.0
		if v, ok := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q="); ok {
			f, err := strconv.ParseFloat(v, 64)
			if err != nil || !(f >= 0 && f <= 1) {
				continue
			}
			q = f
		}
		if l := p.match(tag); l != nil && q > most {
			best, most = l, q
		}
	}
	return best
}

// match finds the catalogue for a tag: de for de-AT.
func (p *Portal) match(tag string) *language {
	for tag = strings.ToLower(tag); tag != ""; {
		if l := p.pages[tag]; l != nil {
			return l
		}
		i := strings.LastIndexByte(tag, '-')
		if i < 0 {
			break
		}
		tag = tag[:i]
	}
	return nil
}

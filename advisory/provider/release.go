package provider

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/advisory/csaf"
	"github.com/cvdkit/cvdkit/advisory/tlp"
)

// A Release is what Publisher.Release published under an ID.
type Release struct {
	ID        string    `json:"id"`        // of the step, as the host gave it
	At        time.Time `json:"at"`        // when, by Config.Now
	Documents []string  `json:"documents"` // URLs, in the order of the call
	Pages     []string  `json:"pages"`     // URLs of the pages for people; of TLP:CLEAR only
	// Digest is SHA-256, in hexadecimal, over the documents.
	Digest string `json:"digest"`
}

// ErrReleased means that other documents were released under the ID.
var ErrReleased = errors.New("provider: other documents were released under this ID; give the new ones another ID")

// Release publishes documents as a step of a release: once under an ID, which the
// host chooses and keeps, such as that of the release and the name of the step. It
// may be called again until it returns nil, also after a crash. Once it has returned
// nil it changes nothing any more and returns the same, even if a later revision was
// published meanwhile, which a second Publish would refuse with ErrStale. The
// documents and the note that they were released are one change.
//
// The error is ErrReleased if the ID stands for other documents, and else as that of
// Publish.
func (p *Publisher) Release(ctx context.Context, id string, docs ...*csaf.Document) (Release, error) {
	if id == "" || len(docs) == 0 {
		return Release{}, errors.New("provider: a release needs an ID and documents")
	}
	digest := digestOf(docs)
	// What is done is not judged anew: the host may approve of it no longer.
	if r, ok, err := p.Released(id); err != nil || ok {
		return r, sameRelease(r, digest, err)
	}
	ready, err := p.prepareAll(ctx, docs)
	if err != nil {
		return Release{}, err
	}
	var r Release
	err = p.change(func(c *change, l *ledger) error {
		var ok bool
		var err error
		if r, ok, err = p.readRelease(id); err != nil || ok {
			return sameRelease(r, digest, err) // another process was faster
		}
		if err := p.stage(ctx, c, l, ready); err != nil {
			return err
		}
		r = Release{ID: id, At: p.cfg.Now().UTC(), Digest: digest}
		for _, pub := range ready {
			r.Documents = append(r.Documents, pub.s.url+pub.path)
			if pub.s.tlp == tlp.Clear {
				r.Pages = append(r.Pages, p.cfg.base()+"/"+pageOf(pub.name))
			}
		}
		c.mkdir(p.state("releases"))
		return c.put(p.releaseFile(id), indent(r))
	})
	return r, err
}

// Released returns what was released under an ID, and whether anything was. It
// finishes what a crash left. A step that must come after the documents, such as the
// publication of a CVE record, asks it.
func (p *Publisher) Released(id string) (r Release, ok bool, err error) {
	err = p.change(func(*change, *ledger) error {
		r, ok, err = p.readRelease(id)
		return err
	})
	return r, ok, err
}

func (p *Publisher) readRelease(id string) (r Release, ok bool, err error) {
	data, err := os.ReadFile(p.releaseFile(id))
	if errors.Is(err, fs.ErrNotExist) {
		return r, false, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &r)
	}
	return r, err == nil, err
}

func (p *Publisher) releaseFile(id string) string {
	return p.state(path.Join("releases", sum([]byte(id))+".json"))
}

func sameRelease(r Release, digest string, err error) error {
	if err == nil && r.Digest != digest {
		return fmt.Errorf("%w: %s", ErrReleased, r.ID)
	}
	return err
}

func digestOf(docs []*csaf.Document) string {
	h := sha256.New()
	for _, d := range docs {
		text := d.JSON()
		fmt.Fprintf(h, "%d:", len(text))
		h.Write(text)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// pageOf returns where the page of a document lies below URL.
func pageOf(name string) string { return "advisories/" + strings.TrimSuffix(name, ".json") + ".html" }

package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/advisory"
	"github.com/cvdkit/cvdkit/advisory/csaf"
	"github.com/cvdkit/cvdkit/advisory/cve"
	"github.com/cvdkit/cvdkit/advisory/formats"
	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/pgp"
)

type file struct {
	name string
	text []byte
}

// checkAdvisory is the host's Config.CheckAdvisory: what is published must be
// valid CSAF.
func checkAdvisory(ctx context.Context, a *advisory.Advisory) error {
	for _, f := range []formats.Format{formats.CSAF20, formats.CSAF21} {
		if _, _, err := encode(ctx, f, a); err != nil {
			return err
		}
	}
	return nil
}

// encode writes the advisory in one format, and validates what it wrote: CSAF by
// the tests of the standard, the others by reading them back, which checks them.
func encode(ctx context.Context, f formats.Format, a *advisory.Advisory) ([]byte, []advisory.Loss, error) {
	var b bytes.Buffer
	losses, err := formats.Encode(&b, f, a, cna)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", f, err)
	}
	return b.Bytes(), losses, validate(ctx, f, b.Bytes())
}

func validate(ctx context.Context, f formats.Format, b []byte) error {
	switch f {
	case formats.CSAF20, formats.CSAF21:
		v := csaf.Validator{}
		r, err := v.Validate(ctx, b, csaf.Basic)
		if err != nil {
			return fmt.Errorf("%s: %w", f, err)
		}
		for _, x := range r.Findings {
			if x.Severity == csaf.SeverityError {
				return fmt.Errorf("%s: test %s at %s: %s", f, x.Test, x.Path, x.Message)
			}
		}
	case formats.CVE, formats.OSV, formats.OpenVEX:
		if _, _, _, err := formats.Decode(bytes.NewReader(b)); err != nil {
			return fmt.Errorf("%s does not validate: %w", f, err)
		}
	}
	return nil
}

// cna is who issues the CVE record.
var cna = &formats.Options{CVE: cve.Options{
	OrgID: "7e4b6c2a-0d3f-4a55-9d1c-2f6a8b3e9c01", ShortName: "gateway",
}}

// advisory drafts the advisory of the case, as it is to be released now.
func (d *desk) advisory(c *cvd.Case) (*advisory.Advisory, error) {
	return draft(c, d.advisoryID, d.clock.now())
}

func draft(c *cvd.Case, id string, now time.Time) (*advisory.Advisory, error) {
	a := c.Advisory(id, advisory.Publisher{
		Name: "Gateway Security Team", Category: "vendor", Namespace: "https://gateway.example",
		Contact: teamAddress,
	}, now)
	for i := range a.Vulnerabilities { // the same before it is published and after
		v := &a.Vulnerabilities[i]
		v.Disclosed = now
		v.Timeline = slices.DeleteFunc(v.Timeline, func(e advisory.Event) bool { return !e.At.Before(now) })
	}
	return a, a.Release(now, advisory.Final, "First release.")
}

// advisories writes the advisory in every format, the CSAF with its signature and
// hashes.
func (d *desk) advisories(ctx context.Context, c *cvd.Case) ([]file, error) {
	d.head("Advisories")
	if d.released == nil && len(c.Publications) > 0 { // an earlier run has published it
		a, err := draft(c, d.advisoryID, c.Publications[0].At)
		if err != nil {
			return nil, err
		}
		d.released = a
	}
	if d.released == nil {
		fmt.Fprintln(d.w, "nothing has been published")
		return nil, nil
	}
	var out []file
	var lost bytes.Buffer
	for _, f := range formats.All() {
		if f == formats.Text {
			continue
		}
		b, losses, err := encode(ctx, f, d.released)
		if err != nil {
			return nil, err
		}
		name := strings.ToLower(d.advisoryID) + f.Extension() // as CSAF, section 5.1, wants it
		if f.Extension() == ".json" {
			name = string(f) + "/" + name
		}
		out = append(out, file{name, b})
		fmt.Fprintf(d.w, "%-28s %6d bytes, valid\n", name, len(b))
		if len(losses) > 0 {
			fmt.Fprintf(d.w, "    %d things that this format cannot hold, or not as they are\n", len(losses))
		}
		for _, l := range losses {
			fmt.Fprintf(&lost, "%-8s %-8s %s\n", f, l.Weight(), l)
			if l.Weight() == advisory.Heavy {
				fmt.Fprintf(d.w, "    heavy: %s\n", l)
			}
		}
		if f != formats.CSAF20 && f != formats.CSAF21 {
			continue
		}
		var sig bytes.Buffer
		if _, err := d.post.engine.SignDetached(ctx, &sig, bytes.NewReader(b), d.post.team, pgp.Form{}); err != nil {
			return nil, err
		}
		s256, s512 := sha256.Sum256(b), sha512.Sum512(b)
		out = append(out, file{name + ".asc", sig.Bytes()},
			file{name + ".sha256", fmt.Appendf(nil, "%x  %s\n", s256, path.Base(name))},
			file{name + ".sha512", fmt.Appendf(nil, "%x  %s\n", s512, path.Base(name))})
	}
	return append(out, file{"losses.txt", lost.Bytes()}, file{"team-key.asc", d.post.team.Cert().Armor()}), nil
}

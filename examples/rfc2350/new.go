package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/rfc2350"
)

// hints say what belongs in a section, where its title does not.
var hints = map[rfc2350.SectionID]string{
	rfc2350.SecUpdated:        "such as: Version 1.0, published 2026-11-22.",
	rfc2350.SecTimeZone:       "such as: Europe/Berlin (GMT+0100, GMT+0200 from April to October)",
	rfc2350.SecPhone:          "with the country code",
	rfc2350.SecEmail:          "say which address is for incidents",
	rfc2350.SecKeys:           "the fingerprint, or the whole key block",
	rfc2350.SecPoints:         "how to reach you, and when, such as: Monday to Friday, 09:00-17:00",
	rfc2350.SecDisclosure:     "such as: Vulnerabilities are disclosed after 90 days.",
	rfc2350.SecAuthentication: "where the signature of this document is",
}

const noAnswer = "None available."

// create asks for every section of the outline that has a number. An empty answer
// means that there is nothing; a chapter is asked for nothing. The file is created
// before the first question, so that no answer is given in vain, and what was
// answered is written whatever happens.
func create(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	f := flags("new")
	file := f.String("o", "", "write to this file, which must not exist")
	if err := parseFlags(f, args); err != nil {
		return err
	}
	if *file != "" {
		w, err := os.OpenFile(*file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if err != nil {
			return err
		}
		defer w.Close()
		out = w
	}
	ask := os.Stderr
	fmt.Fprintln(ask, `One line answers a question; end it with \ to go on in the next line. An empty line means "None available.", "<" goes back.`)
	sections, asked := outline()
	failed := interview(ctx, ask, in, sections, asked)
	d, err := rfc2350.Compose([]string{"RFC 2350 description"}, sections)
	if err != nil {
		return err
	}
	if _, err := out.Write(d.Text()); err != nil {
		return err
	}
	if failed != nil {
		return fmt.Errorf("%w; the answers so far were kept", failed)
	}
	var b strings.Builder
	printFindings(&b, "", d.Check(rfc2350.Practice, time.Now()))
	fmt.Fprint(ask, b.String())
	return nil
}

// outline gives the numbered sections, and the indexes of those to ask for.
func outline() (sections []rfc2350.Section, asked []int) {
	for _, o := range rfc2350.Outline() {
		if o.Number == "" {
			continue
		}
		if strings.Contains(o.Number, ".") || o.ID == rfc2350.SecForms || o.ID == rfc2350.SecDisclaimers {
			asked = append(asked, len(sections))
		}
		sections = append(sections, rfc2350.Section{ID: o.ID, Number: o.Number, Title: o.Title})
	}
	return sections, asked
}

// interview fills the bodies of the sections that are asked for.
func interview(ctx context.Context, ask io.Writer, in io.Reader, sections []rfc2350.Section, asked []int) error {
	lines := readLines(ctx, in)
	for k := 0; k < len(asked); k++ {
		s := &sections[asked[k]]
		fmt.Fprintf(ask, "%s %s", s.Number, s.Title)
		if h := hints[s.ID]; h != "" {
			fmt.Fprintf(ask, " (%s)", h)
		}
		fmt.Fprint(ask, ": ")
		answer, err := lines.answer(ctx)
		if err != nil {
			fmt.Fprintln(ask)
			return err
		}
		if answer == "<" {
			k = max(k-2, -1)
			continue
		}
		if s.Body = answer; answer == "" {
			s.Body = noAnswer
		}
	}
	return nil
}

// lineReader gives lines, or the end of the context while it waits for one.
type lineReader struct {
	lines chan string
	err   error // set when lines is closed
}

func readLines(ctx context.Context, in io.Reader) *lineReader {
	r := &lineReader{lines: make(chan string)}
	go func() {
		defer close(r.lines)
		s := bufio.NewScanner(in)
		s.Buffer(nil, 1<<20)
		for s.Scan() {
			select {
			case r.lines <- s.Text():
			case <-ctx.Done():
				return
			}
		}
		r.err = s.Err()
	}()
	return r
}

// answer reads one line, and more while they end in a backslash or belong to a key
// block.
func (r *lineReader) answer(ctx context.Context) (string, error) {
	var parts []string
	block := false
	for {
		select {
		case <-ctx.Done():
			return "", errors.New("interrupted")
		case l, ok := <-r.lines:
			if !ok {
				if r.err != nil {
					return "", r.err
				}
				return "", errors.New("the answers ended before the questions did")
			}
			more := strings.HasSuffix(l, `\`)
			parts = append(parts, strings.TrimSuffix(l, `\`))
			block = block && !strings.Contains(l, "END PGP") || strings.Contains(l, "BEGIN PGP")
			if !more && !block {
				return strings.TrimSpace(strings.Join(parts, "\n")), nil
			}
		}
	}
}

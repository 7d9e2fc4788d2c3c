package main

import (
	"bufio"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/cvdkit/cvdkit/advisory/cvss"
)

func (p *program) score(_ context.Context, args []string) error {
	f := p.flags("score", "[VECTOR…]")
	if err := parse(f, args); err != nil {
		return err
	}
	out := bufio.NewWriter(p.out)
	bad := false
	each := func(text string) {
		line, ok := scoreLine(text)
		bad = bad || !ok
		fmt.Fprintln(out, line)
	}
	for _, text := range f.Args() {
		each(text)
	}
	if f.NArg() == 0 {
		lines := bufio.NewScanner(p.in)
		for lines.Scan() {
			if text := strings.TrimSpace(lines.Text()); text != "" {
				each(text)
			}
		}
		if err := lines.Err(); err != nil {
			return firstError(out.Flush(), err)
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if bad {
		return errBad
	}
	return nil
}

// scoreLine is the vector, then its results separated by tabs.
func scoreLine(text string) (line string, ok bool) {
	v, err := cvss.Parse(text)
	if err != nil {
		if quoted := strconv.Quote(text); quoted != `"`+text+`"` {
			text = quoted // control characters do not reach the terminal
		}
		return text + "\terror=" + err.Error(), false
	}
	line = fmt.Sprintf("%s\tscore=%.1f\tbase=%.1f", text, v.Score(), v.BaseScore())
	if s, ok := v.TemporalScore(); ok {
		line += fmt.Sprintf("\ttemporal=%.1f", s)
	}
	if s, ok := v.EnvironmentalScore(); ok {
		line += fmt.Sprintf("\tenvironmental=%.1f", s)
	}
	return line + "\trating=" + string(v.Rating()), true
}

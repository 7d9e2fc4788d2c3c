package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestStory(t *testing.T) {
	dir := t.TempDir()
	var b bytes.Buffer
	if err := run(context.Background(), &b, dir); err != nil {
		t.Fatal(err)
	}
	out := b.String()
	for _, want := range []string{
		"(audience)", "(em.earliest-first)", "(em.early-end-needs-fixes)", "(em.only-while-secret)", "(release.two-people)", "(release.one-instant)",
		"the public   learns nothing", "Cirrus       sees the embargo until", "last heard of: never",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the output lacks %q", want)
		}
	}
	for _, no := range []string{"1 statements", "sent over sealed", "Sat 20"} {
		if strings.Contains(out, no) {
			t.Errorf("the output says %q", no)
		}
	}
	// Before the leak nobody but its author sees Aurora's statement.
	before, _, ok := strings.Cut(out, "A leak:")
	if !ok || regexp.MustCompile(`statements? of others`).MatchString(before) {
		t.Error("a statement was seen by others before publication")
	}
	for _, f := range []string{"timeline.svg", "timeline.html", "timeline.md"} {
		text, err := os.ReadFile(filepath.Join(dir, f))
		if err != nil {
			t.Fatal(err)
		}
		for _, lane := range []string{"Coordination Centre", "Finder", "Aurora", "Borealis", "Cirrus"} {
			if !bytes.Contains(text, []byte(lane)) {
				t.Errorf("%s has no %s", f, lane)
			}
		}
	}
}

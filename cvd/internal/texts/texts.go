// Package texts holds the texts of the library's own messages, in catalogues by
// language.
package texts

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
)

//go:embed *.txt
var files embed.FS

// Catalogue is the texts of one language, by their keys.
type Catalogue map[string]string

// All returns the catalogues by their language tags: new maps, which the caller may
// change.
func All() (map[string]Catalogue, error) {
	names, err := fs.Glob(files, "*.txt")
	if err != nil {
		return nil, err
	}
	all := map[string]Catalogue{}
	for _, name := range names {
		text, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		c, err := parse(string(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all[strings.TrimSuffix(name, ".txt")] = c
	}
	return all, nil
}

// parse reads lines of the form "key = text"; # begins a comment.
func parse(text string) (Catalogue, error) {
	c := Catalogue{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		key, text, ok := strings.Cut(line, " = ")
		if _, twice := c[key]; !ok || twice {
			return nil, fmt.Errorf("%q is no line of a catalogue, or its key is there twice", line)
		}
		c[key] = text
	}
	return c, nil
}

// Check says what is wrong with texts that replace some of a catalogue: a key that
// it does not have, or a placeholder that its text does not have.
func (c Catalogue) Check(own Catalogue) error {
	for _, key := range slices.Sorted(maps.Keys(own)) {
		text, ok := c[key]
		if !ok {
			return fmt.Errorf("there is no text %q", key)
		}
		for _, p := range placeholders(own[key]) {
			if !slices.Contains(placeholders(text), p) {
				return fmt.Errorf("the text %q has no {%s}", key, p)
			}
		}
	}
	return nil
}

// placeholders are the names in braces.
func placeholders(text string) (out []string) {
	for {
		_, rest, ok := strings.Cut(text, "{")
		if !ok {
			return out
		}
		name, after, ok := strings.Cut(rest, "}")
		if !ok {
			return append(out, rest+" without its end") // which no text has
		}
		out = append(out, name)
		text = after
	}
}

// Fill puts values into the places of a text: pairs of a name and its value. What a
// value holds is not looked into.
func Fill(text string, pairs ...string) string {
	old := make([]string, 0, len(pairs))
	for i := 0; i+1 < len(pairs); i += 2 {
		old = append(old, "{"+pairs[i]+"}", pairs[i+1])
	}
	return strings.NewReplacer(old...).Replace(text)
}

// Own returns the catalogues, which a test has read too.
func Own() map[string]Catalogue {
	all, err := All()
	if err != nil {
		panic(err) // they are part of the program
	}
	return all
}

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"strings"
	"unicode"

	"github.com/cvdkit/cvdkit/advisory/csaf"
)

// speller asks hunspell, which runs once for each dictionary until close. It is for
// one goroutine.
type speller struct {
	program string
	running map[string]*dictionary // by language of a document; nil where there is none
}

// dictionary is one hunspell in its pipe mode (-a): a line of text in, then a line for
// each word out, and an empty line.
type dictionary struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func newSpeller() (*speller, error) {
	program, err := exec.LookPath("hunspell")
	if err != nil {
		return nil, errors.New("-spell needs the program hunspell and its dictionaries")
	}
	return &speller{program: program, running: map[string]*dictionary{}}, nil
}

// check is for test 6.3.8.
func (s *speller) check(ctx context.Context, lang, text string) ([]string, error) {
	d, known := s.running[lang]
	if !known {
		for _, name := range dictionaryNames(lang) {
			if d = s.start(ctx, name); d != nil {
				break
			}
		}
		s.running[lang] = d
	}
	if d == nil {
		return nil, csaf.ErrLanguage
	}
	var wrong []string
	for line := range strings.Lines(noWords().ReplaceAllString(text, " ")) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		// A caret at the beginning says that what follows is text and no command.
		if _, err := io.WriteString(d.in, "^"+printable(line)+"\n"); err != nil {
			return nil, fmt.Errorf("hunspell ended: %w", err)
		}
		words, err := d.answer()
		if err != nil {
			return nil, fmt.Errorf("hunspell ended: %w", err)
		}
		wrong = append(wrong, words...)
	}
	return wrong, nil
}

// answer reads the words that are wrong of one line.
func (d *dictionary) answer() ([]string, error) {
	var wrong []string
	for {
		line, err := d.out.ReadString('\n')
		if err != nil {
			return nil, err
		}
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			return wrong, nil
		}
		if fields := strings.Fields(line); (line[0] == '&' || line[0] == '#') && len(fields) > 1 && !isCapital(fields[1]) {
			wrong = append(wrong, fields[1])
		}
	}
}

// noWords matches what is written in texts and is in no dictionary: URLs, addresses,
// names of files and paths, and words with digits or underscores.
var noWords = func() func() *regexp.Regexp {
	re := regexp.MustCompile(`[a-zA-Z][a-zA-Z0-9+.-]*://\S+|\S+@\S+|\S*[0-9_/\\]\S*|\w+(\.\w+)+`)
	return func() *regexp.Regexp { return re }
}()

// isCapital reports whether a word is in capital letters, as abbreviations are.
func isCapital(s string) bool { return !strings.ContainsFunc(s, unicode.IsLower) }

// start runs hunspell with a dictionary. It returns nil if there is none.
func (s *speller) start(ctx context.Context, dict string) *dictionary {
	cmd := exec.CommandContext(ctx, s.program, "-a", "-i", "utf-8", "-d", dict)
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil
	}
	out, err := cmd.StdoutPipe()
	if err != nil || cmd.Start() != nil {
		return nil
	}
	d := &dictionary{cmd, in, bufio.NewReaderSize(out, 1<<16)}
	// It greets with a line, or ends when there is no such dictionary.
	if greeting, err := d.out.ReadString('\n'); err != nil || !strings.HasPrefix(greeting, "@") {
		d.close()
		return nil
	}
	return d
}

func (d *dictionary) close() {
	d.in.Close()
	// It ends because its input does; how does not matter.
	_ = d.cmd.Wait()
}

func (s *speller) close() {
	for _, d := range s.running {
		if d != nil {
			d.close()
		}
	}
}

// dictionaryNames are the names that a dictionary of a language may have: that of the
// tag, and for a bare language that of the country where most of it is written.
func dictionaryNames(lang string) []string {
	base, rest, regional := strings.Cut(lang, "-")
	base = strings.ToLower(base)
	for _, r := range base {
		if r < 'a' || r > 'z' {
			return nil
		}
	}
	region := strings.ToUpper(base)
	if regional {
		region = ""
		for part := range strings.SplitSeq(rest, "-") {
			if len(part) == 2 && isCapital(strings.ToUpper(part)) && !strings.ContainsAny(part, "/.\\") {
				region = strings.ToUpper(part)
				break
			}
		}
	} else if main, ok := map[string]string{"en": "US", "cs": "CZ", "da": "DK", "el": "GR", "ja": "JP", "nb": "NO", "sv": "SE", "uk": "UA", "zh": "CN"}[base]; ok {
		region = main
	}
	names := []string{base}
	if region != "" {
		names = []string{base + "_" + region, base}
	}
	if base == "en" {
		names = append(names, "en_US", "en_GB")
	}
	return names
}

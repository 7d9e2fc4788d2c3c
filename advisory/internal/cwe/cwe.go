// Package cwe holds the list of weaknesses of the CWE catalogues, for the formats and
// for the human forms.
package cwe

import (
	_ "embed" // the list below
	"strconv"
	"strings"
	"sync"
)

// The facts are from the MITRE CWE catalogues; the head says how they are written.
//
//go:embed cwe.txt
var data string

// Data returns the list.
func Data() string { return data }

// lines are the lines of weaknesses by number. A line has the number and, separated by
// tabs, runs of versions, each with a name if it differs from the run before.
var lines = sync.OnceValue(func() map[int]string {
	m := map[int]string{}
	head := true
	for line := range strings.Lines(data) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "#"):
		case head:
			head = false
		default:
			number, rest, _ := strings.Cut(line, "\t")
			if n, err := strconv.Atoi(number); err == nil {
				m[n] = rest
			}
		}
	}
	return m
})

// Name returns the newest name of a weakness such as "CWE-79", and "" for what is none.
func Name(id string) string {
	number, ok := strings.CutPrefix(id, "CWE-")
	n, err := strconv.Atoi(number)
	if !ok || err != nil {
		return ""
	}
	name := ""
	for run := range strings.SplitSeq(lines()[n], "\t") {
		if _, s, ok := strings.Cut(run, " "); ok {
			name = s
		}
	}
	return name
}

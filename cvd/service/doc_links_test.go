package service_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd/cvdjson"
)

// doc.go is the table of contents: every command stands in it, as a link.
func TestDocNamesEveryCommand(t *testing.T) {
	text, err := os.ReadFile("../doc.go")
	require.NoError(t, err)
	for _, name := range cvdjson.Names() {
		require.Regexp(t, `\[`+regexp.QuoteMeta(name)+`\]`, string(text))
	}
}

package main

import (
	"bytes"
	"html"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
)

// A file that somebody of the team attaches goes through the check of the form's token
// and into the sealed store, and nothing of it is put on a disk in clear on its way.
func TestFileNeverInClear(t *testing.T) {
	p := newPublishing(t, "-sealed")
	c, err := p.d.svc.Do(t.Context(), cvd.CaseID{}, cvd.By{Actor: "test"}, cvd.Open{Origin: cvd.OriginOutbound, Title: "A case"})
	require.NoError(t, err)
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "none")) // where nothing can be written
	const mark = "a proof of concept in clear"
	content := strings.Repeat(mark, 12<<20/len(mark)) // more than package mime keeps in memory
	at := p.ana.all[0].base() + "/cases/" + c.Number
	page, err := fetch(p.ana.c, at)
	require.NoError(t, err)
	_, form, ok := strings.Cut(page, `action="/cases/`+c.Number+`/do/note" enctype="multipart/form-data"`)
	require.True(t, ok)
	form, _, _ = strings.Cut(form, "</form>")
	send := func(foreign bool) *http.Response {
		var b bytes.Buffer
		m := multipart.NewWriter(&b)
		for _, x := range regexp.MustCompile(`<input type="hidden" name="(\w+)" value="([^"]*)"`).FindAllStringSubmatch(form, -1) {
			if foreign && x[1] == "csrf" {
				x[2] = "x"
			}
			require.NoError(t, m.WriteField(x[1], html.UnescapeString(x[2])))
		}
		require.NoError(t, m.WriteField("text", "See the file."))
		w, err := m.CreateFormFile("files", "poc.c")
		require.NoError(t, err)
		_, err = io.WriteString(w, content)
		require.NoError(t, err)
		require.NoError(t, m.Close())
		r, err := p.ana.c.Post(at+"/do/note", m.FormDataContentType(), &b)
		require.NoError(t, err)
		r.Body.Close()
		return r
	}
	require.Equal(t, http.StatusForbidden, send(true).StatusCode, "without the token of the form")
	r := send(false)
	require.Equal(t, http.StatusOK, r.StatusCode)
	require.Contains(t, r.Request.URL.RawQuery, "done=note")
	got, err := fetch(p.ana.c, at+"/files/1")
	require.NoError(t, err)
	require.True(t, got == content)
	for _, f := range []string{p.d.o.db, p.d.o.db + "-wal", p.d.o.db + "-journal"} {
		raw, err := os.ReadFile(f)
		if !os.IsNotExist(err) {
			require.NoError(t, err)
			require.False(t, bytes.Contains(raw, []byte(mark)), f)
		}
	}
}

package pages_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/storage"
)

type sentFile struct{ name, content string }

// postFiles sends a form with files as a browser does: fields first, then the files.
func (s *site) postFiles(path, as string, values url.Values, files ...sentFile) answer {
	s.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for k, vs := range values {
		for _, v := range vs {
			require.NoError(s.t, m.WriteField(k, v))
		}
	}
	for _, f := range files {
		w, err := m.CreateFormFile("files", f.name)
		require.NoError(s.t, err)
		_, err = io.WriteString(w, f.content)
		require.NoError(s.t, err)
	}
	require.NoError(s.t, m.Close())
	r := httptest.NewRequest("POST", path, &b)
	r.Header.Set("Content-Type", m.FormDataContentType())
	r.Header.Set("As", as)
	w := httptest.NewRecorder()
	s.desk.ServeHTTP(w, r)
	return answer{w.Code, w.Body.String(), w.Header().Get("Location")}
}

// withFiles does an action with files.
func (s *site) withFiles(c *cvd.Case, name string, files []sentFile, kv ...string) answer {
	s.t.Helper()
	at := "/cases/" + c.Number
	_, page := s.get(at, "ana")
	require.Contains(s.t, page, `action="`+at+`/do/`+name+`" enctype="multipart/form-data"`)
	return s.postFiles(at+"/do/"+name, "ana", s.form(page, at+"/do/"+name, kv...), files...)
}

// blobs are how many files the store has, whether a record names them or not.
func (s *site) stored() (n int) {
	s.t.Helper()
	for after := (storage.BlobID{}); ; n++ {
		page, err := s.blobs.List(context.Background(), after, 1)
		require.NoError(s.t, err)
		if len(page) == 0 {
			return n
		}
		after = page[0].ID
	}
}

// sees reports whether a party of a case sees a file of it, in the case and by itself.
func (s *site) sees(c *cvd.Case, who cvd.PartyID, name string) bool {
	s.t.Helper()
	v, err := s.svc.View(context.Background(), c.ID, cvd.Viewer{Party: who})
	require.NoError(s.t, err)
	listed := false
	for _, a := range v.Attachments {
		listed = listed || a.Name == cvd.Private(name)
	}
	for _, a := range s.view(c.ID).Attachments {
		if a.Name != cvd.Private(name) {
			continue
		}
		src, err := s.svc.Attachment(context.Background(), c.ID, cvd.Viewer{Party: who}, a.ID)
		require.Equal(s.t, listed, err == nil, "what is listed can be had, and nothing else")
		if err == nil {
			src.Close()
		} else {
			require.True(s.t, errors.Is(err, cvd.ErrNotFound) || errors.Is(err, cvd.ErrDenied), "%v", err)
		}
	}
	return listed
}

// Files of a message reach those who get it, those of a note the team, and nobody else.
func TestFilesReachWhoGetsThem(t *testing.T) {
	s := newSite(t)
	c := s.receive("Overflow")
	s.do(c.ID, cvd.Triage{Outcome: cvd.OutcomeValid}, cvd.Accept{}, cvd.Invite{Roles: cvd.RoleVendor, Contact: cvd.Contact{Organization: "Frob Inc.", Email: "psirt@frob.example"}})
	a := s.withFiles(c, "reply", []sentFile{{"patch.diff", "--- a\n+++ b\n"}, {"C:\\work\\log.txt", "log"}}, "to", "2", "text", "Does this patch help?")
	require.Equal(t, 303, a.code, a.body)
	a = s.withFiles(c, "note", []sentFile{{"internal.txt", "who said what"}}, "text", "For us.")
	require.Equal(t, 303, a.code, a.body)
	require.True(t, s.sees(c, 2, "patch.diff"))
	require.True(t, s.sees(c, 2, "log.txt"), "without its folders")
	require.False(t, s.sees(c, 3, "patch.diff"), "another party")
	require.False(t, s.sees(c, 2, "internal.txt"), "a file in a note is never seen by the reporter")
	require.False(t, s.sees(c, 3, "internal.txt"))

	// The page shows them with name and size, where they were sent.
	_, page := s.get("/cases/"+c.Number, "ana")
	_, talk, _ := strings.Cut(page, "Does this patch help?")
	require.Regexp(t, `^</div><ul class="files"><li><a href="/cases/[^"]+/files/1" download>patch.diff</a> <span class="soft">12 bytes</span></li><li><a [^>]+>log.txt</a>`, talk)
	_, talk, _ = strings.Cut(page, "For us.")
	require.Regexp(t, `^</div><ul class="files"><li><a [^>]+>internal.txt</a> <span class="soft">13 bytes`, talk)
	code, _ := s.get("/cases/"+c.Number+"/files/3", "ana")
	require.Equal(t, 200, code)
	require.Equal(t, 3, s.stored())

	// A form in which no file was chosen is a message as before.
	a = s.withFiles(c, "note", []sentFile{{"", ""}}, "text", "No file.")
	require.Equal(t, 303, a.code, a.body)
	require.Len(t, s.view(c.ID).Attachments, 3)
}

// The name of a file runs nothing on a page and puts nothing into a header; its content
// is for download only, and opens nothing here.
func TestScriptInFileOfTeam(t *testing.T) {
	s := newSite(t)
	c := s.receive("Overflow")
	const evil = `"><script>alert(1)<script>` + "\u202e" + `.html`
	a := s.withFiles(c, "reply", []sentFile{{evil, "<script>alert(2)</script>"}}, "to", "2", "text", "See the file.")
	require.Equal(t, 303, a.code, a.body)
	_, page := s.get("/cases/"+c.Number, "ana")
	require.NotContains(t, page, "<script")
	require.NotContains(t, page, "\u202e")
	require.Contains(t, page, "&lt;script&gt;alert(1)")
	w := s.raw("GET", "/cases/"+c.Number+"/files/1", "ana", nil)
	require.Equal(t, 200, w.Code)
	require.Equal(t, "<script>alert(2)</script>", w.Body.String())
	h := w.Header()
	require.Equal(t, "application/octet-stream", h.Get("Content-Type"))
	require.Equal(t, "nosniff", h.Get("X-Content-Type-Options"))
	require.Contains(t, h.Get("Content-Security-Policy"), "sandbox")
	require.NotContains(t, h.Get("Content-Security-Policy"), "allow-")
	kind, params, err := mime.ParseMediaType(h.Get("Content-Disposition"))
	require.NoError(t, err)
	require.Equal(t, "attachment", kind)
	require.NotContains(t, params["filename"], "\u202e")
}

// Files that cannot be taken are refused as a whole, with the reason beside the field;
// what was typed is there again, nothing was sent, and nothing of them is kept.
func TestFilesRefused(t *testing.T) {
	s := newSite(t)
	c := s.receive("Overflow")
	many := make([]sentFile, 21)
	for i := range many {
		many[i] = sentFile{"x.txt", "x"}
	}
	before := s.view(c.ID).Seq
	for name, x := range map[string]struct {
		files []sentFile
		text  string
		says  string
	}{
		"one too large":          {[]sentFile{{"small", "x"}, {"big", strings.Repeat("x", upload+1)}}, "Typed text", "more than"},
		"too large together":     {[]sentFile{{"a", strings.Repeat("x", upload/2+1)}, {"b", strings.Repeat("x", upload/2+1)}, {"c", "x"}}, "Typed text", "more than"},
		"too many":               {many, "Typed text", "more than 20 files"},
		"without the words":      {[]sentFile{{"a", "x"}}, "", "Choose them again"},
		"larger than is read on": {[]sentFile{{"big", strings.Repeat("x", 4*upload+(17<<20))}}, "Typed text", "more than"},
	} {
		t.Run(name, func(t *testing.T) {
			a := s.withFiles(c, "reply", x.files, "to", "2", "text", x.text)
			require.Equal(t, 422, a.code)
			require.Contains(t, a.body, x.says)
			require.Contains(t, a.body, `id="reply-files-error"`)
			require.Contains(t, a.body, ">"+x.text+"</textarea>")
			require.Equal(t, before, s.view(c.ID).Seq)
			require.Zero(t, s.stored())
		})
	}
	// A stale form keeps none either, and says so; sent twice it keeps them once.
	at := "/cases/" + c.Number
	_, page := s.get(at, "ana")
	v := s.form(page, at+"/do/reply", "to", "2", "text", "Typed text")
	require.Equal(t, 303, s.postFiles(at+"/do/reply", "ana", v, sentFile{"a", "x"}).code)
	require.Equal(t, 303, s.postFiles(at+"/do/reply", "ana", v, sentFile{"a", "x"}).code)
	require.Len(t, s.view(c.ID).Attachments, 1)
	require.Equal(t, 1, s.stored())
	s.do(c.ID, cvd.PostMessage{Party: 2, To: []cvd.PartyID{cvd.Owner}, Text: "Wait."})
	v.Set("command", strings.Repeat("ab", 16))
	a := s.postFiles(at+"/do/reply", "ana", v, sentFile{"a", "x"})
	require.Equal(t, 409, a.code)
	require.Contains(t, a.body, "Choose them again")
	require.Equal(t, 1, s.stored())
	// An action without a place for files throws them away.
	_, page = s.get(at, "ana")
	a = s.postFiles(at+"/do/title", "ana", s.form(page, at+"/do/title", "title", "Neutral"), sentFile{"a", "x"})
	require.Equal(t, 303, a.code, a.body)
	require.Equal(t, 1, s.stored())
}

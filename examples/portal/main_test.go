package main

import (
	"bytes"
	"context"
	"html"
	"mime/multipart"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
)

// A report through the form, the team's answer, and the answer read with the receipt.
func TestReportAnswerRead(t *testing.T) {
	ctx := context.Background()
	o := options{db: filepath.Join(t.TempDir(), "portal.db"), listen: "127.0.0.1:0", upload: 1 << 20}
	d, err := openDesk(ctx, o.db, o.upload)
	require.NoError(t, err)
	defer d.close()
	h, err := d.portal(o.listen, "")
	require.NoError(t, err)

	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "http://127.0.0.1/", nil))
	token := regexp.MustCompile(`name="token" value="([^"]+)"`).FindStringSubmatch(w.Body.String())[1]
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, f := range [][2]string{{"token", token}, {"product", "Frobnicator"}, {"description", "It overflows."}} {
		require.NoError(t, form.WriteField(f[0], f[1]))
	}
	require.NoError(t, form.Close())
	r := httptest.NewRequest("POST", "http://127.0.0.1/", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	w = httptest.NewRecorder()
	h.ServeHTTP(w, r)
	receipt := regexp.MustCompile(`(?:[0-9A-Z]{4}-){6}[0-9A-Z]{4}`).FindString(html.UnescapeString(w.Body.String()))
	require.NotEmpty(t, receipt, w.Body.String())

	// The team answers from a process of its own. The test is faster than people, so
	// the report waits in quarantine: it is answered all the same.
	var out bytes.Buffer
	play := o
	play.answer = "We see it too."
	require.NoError(t, run(ctx, &out, play))
	require.Equal(t, "answered 1 open reports\n", out.String())
	a, err := d.svc.Access(ctx, cvd.Private(receipt))
	require.NoError(t, err)
	c, err := d.svc.View(ctx, a.Case, a.Viewer())
	require.NoError(t, err)
	require.Equal(t, "We see it too.", string(c.Messages[len(c.Messages)-1].Text))

	out.Reset()
	play.answer, play.invite = "", "Frob Inc."
	require.NoError(t, run(ctx, &out, play))
	code := regexp.MustCompile(`code: (\S+)`).FindStringSubmatch(out.String())[1]
	a, err = d.svc.Access(ctx, cvd.Private(code))
	require.NoError(t, err)
	require.Equal(t, cvd.PartyID(3), a.Party)
}

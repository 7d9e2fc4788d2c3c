package portal_test

import (
	"bytes"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whatever is sent to whatever form, the answer is a page, and no error is the
// portal's own.
func FuzzForms(f *testing.F) {
	typ, body := multi(sent{name: "token", value: "x"}, sent{name: "product", value: "p"}, sent{"files", "a.txt", "b"})
	for _, path := range []string{"/", "/open", "/reply", "/embargo", "/propose", "/statement", "/release", "/appeal", "/cases", "/logout"} {
		f.Add(path, typ, body.Bytes())
	}
	f.Add("/", "multipart/form-data; boundary=b", []byte("--b\r\nContent-Disposition: form-data; name=\"\xff\"; filename*=utf-8''%00%ff\r\n\r\nx"))
	f.Add("/open", "application/x-www-form-urlencoded", []byte("receipt=%zz&token=&&=;"))
	f.Add("/", "multipart/form-data", []byte{})
	f.Fuzz(func(t *testing.T, path, typ string, body []byte) {
		if len(path) == 0 || path[0] != '/' || len(body) > 1<<16 {
			return
		}
		s := newSite(t)
		r := httptest.NewRequest("POST", "https://psirt.example/", bytes.NewReader(body))
		r.URL.Path = path
		r.Header.Set("Content-Type", typ)
		a := s.browser().send(r)
		require.NotZero(t, a.code)
		require.Empty(t, s.errs)
		require.Empty(t, s.cases())
		require.Zero(t, s.stored())
	})
}

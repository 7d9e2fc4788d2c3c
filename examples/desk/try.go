package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
)

// try fetches pages, so that whoever changed something sees whether it still starts.
func (d *desk) try(ctx context.Context, w io.Writer, public, mine http.Handler, host string) error {
	for _, x := range []struct {
		name, path string
		handler    http.Handler
		want       int
	}{
		{"form", "/report/", public, http.StatusOK}, {"security.txt", "/.well-known/security.txt", public, http.StatusOK}, {"login", "/login", mine, http.StatusOK},
	} {
		r := httptest.NewRequestWithContext(ctx, http.MethodGet, x.path, nil)
		r.Host = host
		got := httptest.NewRecorder()
		x.handler.ServeHTTP(got, r)
		if got.Code != x.want {
			return fmt.Errorf("%s: %d", x.name, got.Code)
		}
		fmt.Fprintf(w, "%s: %d\n", x.name, got.Code)
	}
	return nil
}

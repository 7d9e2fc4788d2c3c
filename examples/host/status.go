package main

import (
	"errors"
	"net/http"

	"github.com/cvdkit/cvdkit/cvd"
)

// status is what the errors on which a host branches are in HTTP.
func status(err error) int {
	for _, x := range []struct {
		is   error
		code int
	}{
		{cvd.ErrInput, http.StatusBadRequest}, {cvd.ErrDenied, http.StatusForbidden}, {cvd.ErrNotFound, http.StatusNotFound},
		{cvd.ErrRefused, http.StatusConflict}, {cvd.ErrStale, http.StatusPreconditionFailed},
	} {
		if errors.Is(err, x.is) {
			return x.code
		}
	}
	return http.StatusInternalServerError
}

// user is the header in which the proxy before this program says who is logged in. It
// must take away what the client sends under this name.
const user = "X-User"

// loggedIn refuses what has no user. A browser sends no such header across sites
// without asking first, which is never answered.
func loggedIn(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get(user) == "" {
			http.Error(w, "log in first", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

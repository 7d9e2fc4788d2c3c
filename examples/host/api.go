package main

import (
	"fmt"
	"io"
	"net/http"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/cvdjson"
	"github.com/cvdkit/cvdkit/cvd/service"
)

// api takes commands as JSON and shows cases.
func api(svc *service.Service) http.Handler {
	mux := http.NewServeMux()
	do := func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 8<<20))
		var cmd cvd.Command
		var id cvd.CaseID
		if err == nil {
			cmd, err = cvdjson.UnmarshalCommand(body)
		}
		if s := r.PathValue("id"); s != "" && err == nil {
			err = id.UnmarshalText([]byte(s))
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		c, err := svc.Do(r.Context(), id, cvd.By{Actor: cvd.Private(r.Header.Get(user))}, cmd)
		answer(w, c, err)
	}
	mux.HandleFunc("POST /cases", do)
	mux.HandleFunc("POST /cases/{id}", do)
	mux.HandleFunc("GET /cases/{id}", func(w http.ResponseWriter, r *http.Request) {
		var id cvd.CaseID
		if id.UnmarshalText([]byte(r.PathValue("id"))) != nil {
			http.Error(w, "no such case", http.StatusNotFound)
			return
		}
		c, err := svc.View(r.Context(), id, cvd.Viewer{Team: true})
		answer(w, c, err)
	})
	return loggedIn(mux)
}

func answer(w http.ResponseWriter, c *cvd.Case, err error) {
	if err != nil {
		http.Error(w, err.Error(), status(err))
		return
	}
	b, err := cvdjson.Marshal(c)
	if err != nil {
		http.Error(w, "the case cannot be shown", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, "%s\n", b)
}

package cvdjson_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/cvdjson"
	"github.com/cvdkit/cvdkit/cvd/memstore"
	"github.com/cvdkit/cvdkit/cvd/service"
)

// A host serves all commands by one function: it needs no mapping for each.
func Example() {
	svc, err := service.New(cvd.Config{
		Store:  memstore.New(),
		Secret: cvd.Secret(strings.Repeat("s", 32)), // 32 random bytes, kept beside the database
		Now:    func() time.Time { return time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC) },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	var id cvd.CaseID
	for _, request := range []string{
		`{"do": "Receive", "title": "Overflow", "reporter": {"email": "rita@reporter.example"}}`,
		`{"do": "Acknowledge"}`,
		`{"do": "Triage", "outcome": "fantastic"}`,
		`{"do": "ProposeEmbargo", "ends": "2026-01-01T00:00:00Z"}`,
	} {
		cmd, err := cvdjson.UnmarshalCommand([]byte(request))
		if err != nil {
			fmt.Println("400:", err)
			continue
		}
		c, err := svc.Do(context.Background(), id, cvd.By{Actor: "alice"}, cmd)
		var refused *cvd.Refusal
		switch {
		case errors.As(err, &refused):
			fmt.Println("409:", refused.Rule)
		case err != nil:
			fmt.Println("500:", err)
		default:
			id = c.ID
			fmt.Println("200: version", c.Seq)
		}
	}
	// Output:
	// 200: version 9
	// 200: version 12
	// 400: cvdjson: /outcome: the words are: none, valid, invalid, duplicate, out of scope, needs information
	// 409: em.exact-end
}

// The JSON of a case has what its viewer may see, and no more.
func ExampleMarshal() {
	c := &cvd.Case{Number: "CVD-2026-7K3QX", Title: "Overflow", Opened: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	b, err := cvdjson.Marshal(c)
	fmt.Println(string(b), err)
	// Output:
	// {"cvdjson":1,"number":"CVD-2026-7K3QX","kind":"vulnerability","origin":"report","title":"Overflow","opened":"2026-03-02T09:00:00Z","embargo":{"state":"None"}} <nil>
}

package sqltest

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// BenchmarkRecent asks a database in which as many cases as may wait for the merge of
// their terms, and then the same one after the merge.
func BenchmarkRecent(b *testing.B) {
	const cases = 300*(mostRecent+1) + mostRecent
	db, s := openTemp(b)
	r := rand.New(rand.NewPCG(1, 1))
	var some []storage.Change
	for n := range cases {
		c := tagged(n, "open", "rm:received", "em:none", "sev:none", "who:", "open/who:", "is:received", storage.Term(fmt.Sprintf("one:%d", n)))
		for i := range 32 {
			c.Tag = append(c.Tag, storage.Term(fmt.Sprintf("sim:%d%08x", i, r.Uint32())))
		}
		c.Head.Due = storage.Millis(1 + n)
		c.Head.Data = make([]byte, 400)
		if some = append(some, c); len(some) == mostRecent+1 || n == cases-1 {
			must(b, s.Append(b.Context(), some))
			some = some[:0]
		}
	}
	for _, state := range []string{"waiting", "merged"} {
		if state == "merged" {
			must(b, s.Append(b.Context(), []storage.Change{tagged(cases, "last")}))
		}
		var n int
		must(b, db.QueryRow("SELECT count(*) FROM cvd_recent").Scan(&n))
		if want := map[string]int{"waiting": mostRecent}[state]; n != want {
			b.Fatalf("%d cases wait instead of %d", n, want)
		}
		for _, x := range []struct {
			name string
			q    storage.Query
		}{
			{"none", storage.Query{All: []storage.Term{"sim:none"}}},
			{"one", storage.Query{All: []storage.Term{"one:17"}}},
			{"all", storage.Query{All: []storage.Term{"open"}}},
			{"older", storage.Query{All: []storage.Term{"open"}, Before: storage.Cursor{ID: numberedCase(cases / 2)}}},
			{"two", storage.Query{All: []storage.Term{"open", "who:"}}},
			{"any", storage.Query{Any: []storage.Term{"open", "who:"}}},
			{"due", storage.Query{All: []storage.Term{"open"}, DueBy: cases}},
		} {
			x.q.Limit = 50
			b.Run(x.name+"/"+state, func(b *testing.B) {
				for b.Loop() {
					if _, err := s.Heads(b.Context(), x.q); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

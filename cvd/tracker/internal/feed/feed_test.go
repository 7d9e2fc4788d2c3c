package feed_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/cvd/tracker"
	"github.com/cvdkit/cvdkit/cvd/tracker/internal/feed"
	"github.com/stretchr/testify/require"
)

// list is a tracker that lists tickets by their last change, to the second.
type list struct {
	at    map[string]time.Time
	made  []tracker.Change
	now   time.Time
	paged func() // between two pages
}

func (l *list) touch(ref string) {
	l.at[ref] = l.now.Truncate(time.Second)
	l.made = append(l.made, tracker.Change{ID: fmt.Sprint(len(l.made)), Ref: ref, At: l.at[ref]})
}

func (l *list) source(perPage int) feed.Source {
	return feed.Source{
		List: func(_ context.Context, since time.Time, page int) (out []feed.Item, last bool, err error) {
			if l.paged != nil {
				l.paged()
			}
			for ref, t := range l.at {
				if !t.Before(since) {
					out = append(out, feed.Item{Ref: ref, Updated: t})
				}
			}
			slices.SortFunc(out, func(a, b feed.Item) int {
				if c := a.Updated.Compare(b.Updated); c != 0 {
					return c
				}
				return strings.Compare(a.Ref, b.Ref)
			})
			from := min((page-1)*perPage, len(out))
			to := min(from+perPage, len(out))
			return out[from:to], to == len(out), nil
		},
		Read: func(_ context.Context, ref string, _ time.Time) (t tracker.Ticket, cs []tracker.Change, asked time.Time, err error) {
			for _, c := range l.made {
				if c.Ref == ref {
					cs = append(cs, c)
				}
			}
			return tracker.Ticket{Ref: ref, Updated: l.at[ref]}, cs, l.now, nil
		},
	}
}

// A ticket that changes between two pages moves to the end, and what stood behind
// it moves up: counted pages would leave it out.
func TestNothingIsLeftOutBetweenPages(t *testing.T) {
	l := &list{at: map[string]time.Time{}, now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	for i := range 100 {
		l.now = l.now.Add(time.Duration(i%3) * time.Second) // some share a second
		l.touch(fmt.Sprint(i))
	}
	n := 0
	l.paged = func() {
		l.now = l.now.Add(time.Second)
		if n++; n < 60 {
			l.touch(fmt.Sprint(n % 7))
		}
	}
	told := map[string]int{}
	cursor := ""
	for range 200 {
		p, err := l.source(10).Changes(t.Context(), cursor, 5)
		require.NoError(t, err)
		for _, c := range p.Changes {
			told[c.ID]++
		}
		if !p.More && p.Cursor == cursor {
			break
		}
		cursor = p.Cursor
	}
	for _, c := range l.made {
		require.NotZero(t, told[c.ID], "change %s of ticket %s was not told", c.ID, c.Ref)
	}
}

// More tickets than a page has may change in one second.
func TestManyInOneSecond(t *testing.T) {
	l := &list{at: map[string]time.Time{}, now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	for i := range 35 {
		l.touch(fmt.Sprint(i))
	}
	p, err := l.source(10).Changes(t.Context(), "", 5)
	require.NoError(t, err)
	require.Len(t, p.Changes, 35, "all of one instant go into one page")
	l.now = l.now.Add(10 * time.Second)
	l.touch("7")
	q, err := l.source(10).Changes(t.Context(), p.Cursor, 5)
	require.NoError(t, err)
	require.Equal(t, "35", q.Changes[len(q.Changes)-1].ID)
	l.now = l.now.Add(10 * time.Second)
	r, err := l.source(10).Changes(t.Context(), q.Cursor, 5)
	require.NoError(t, err)
	s, err := l.source(10).Changes(t.Context(), r.Cursor, 5)
	require.NoError(t, err)
	require.Empty(t, s.Changes, "what is settled is not read again")
}

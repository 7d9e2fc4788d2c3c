package memstore

import (
	"bytes"
	"cmp"
	"errors"
	"slices"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

var errQueued = errors.New("memstore: the delivery is queued already")

// queue holds the deliveries that are not settled. Only the head of a lane can
// be claimed, so only heads are in the order of time.
type queue struct {
	lanes map[storage.LaneID][]storage.Delivery // ascending Ref
	ready sorted[turn]
}

// turn is when the head of a lane can be claimed.
type turn struct {
	at   storage.Millis
	lane storage.LaneID
}

func newQueue() queue {
	return queue{
		lanes: map[storage.LaneID][]storage.Delivery{},
		ready: sorted[turn]{cmp: func(a, b turn) int {
			return cmp.Or(cmp.Compare(a.at, b.at), bytes.Compare(a.lane[:], b.lane[:]))
		}},
	}
}

func (q *queue) find(lane storage.LaneID, ref storage.Seq) (int, bool) {
	return slices.BinarySearchFunc(q.lanes[lane], ref, func(d storage.Delivery, ref storage.Seq) int { return cmp.Compare(d.Ref, ref) })
}

// held returns the place of a delivery in its lane if the token is the current one.
func (q *queue) held(d storage.Delivery) (int, bool) {
	i, ok := q.find(d.Lane, d.Ref)
	return i, ok && q.lanes[d.Lane][i].Token == d.Token
}

// check refuses what settle and add cannot do.
func (q *queue) check(c storage.Change) error {
	for _, d := range c.Settle {
		if _, ok := q.held(d); !ok {
			return storage.ErrLeaseLost
		}
	}
	type place struct {
		lane storage.LaneID
		ref  storage.Seq
	}
	added := map[place]bool{}
	for _, d := range c.Enqueue {
		p := place{d.Lane, d.Ref}
		if _, ok := q.find(d.Lane, d.Ref); ok || added[p] {
			return errQueued
		}
		added[p] = true
	}
	return nil
}

// change edits a lane and keeps ready in step with its head.
func (q *queue) change(lane storage.LaneID, edit func([]storage.Delivery) []storage.Delivery) {
	old := q.lanes[lane]
	if len(old) > 0 {
		q.ready.remove(turn{old[0].At, lane})
	}
	if now := edit(old); len(now) > 0 {
		q.lanes[lane] = now
		q.ready.add(turn{now[0].At, lane})
	} else {
		delete(q.lanes, lane)
	}
}

func (q *queue) add(d storage.Delivery) {
	d.Token, d.Tries = 0, 0
	i, _ := q.find(d.Lane, d.Ref)
	q.change(d.Lane, func(l []storage.Delivery) []storage.Delivery { return slices.Insert(l, i, d) })
}

func (q *queue) settle(d storage.Delivery) {
	if i, ok := q.find(d.Lane, d.Ref); ok {
		q.change(d.Lane, func(l []storage.Delivery) []storage.Delivery { return slices.Delete(l, i, i+1) })
	}
}

func (q *queue) claim(now, end storage.Millis, n int) []storage.Delivery {
	var turns []turn
	for _, t := range q.ready.items {
		if t.at > now || len(turns) >= n {
			break
		}
		turns = append(turns, t)
	}
	var out []storage.Delivery
	for _, t := range turns {
		q.change(t.lane, func(l []storage.Delivery) []storage.Delivery {
			l[0].At = end
			l[0].Token++
			out = append(out, l[0])
			return l
		})
	}
	return out
}

func (q *queue) release(d storage.Delivery, retry storage.Millis) error {
	i, ok := q.held(d)
	if !ok {
		return storage.ErrLeaseLost
	}
	q.change(d.Lane, func(l []storage.Delivery) []storage.Delivery {
		l[i].At, l[i].Tries = retry, d.Tries
		return l
	})
	return nil
}

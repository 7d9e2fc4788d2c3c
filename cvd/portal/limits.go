package portal

import (
	"encoding/binary"
	"strconv"
	"sync"
	"time"
)

// buckets limit how often each source may do something. A source is known by a
// hash with a key that changes every day, and is forgotten when its bucket is full
// again. There is no limit for all together: nobody can use up what is another's.
type buckets struct {
	key   [32]byte
	size  int
	every time.Duration

	mu    sync.Mutex
	day   int64
	today [32]byte
	all   map[uint64]time.Time // when the bucket will be full again
	swept time.Time
}

// maxSources is how many sources are remembered; it bounds the memory of an attack
// from a whole network. Beyond it, the limit is coarser: see slot.
const maxSources = 1 << 17

func newBuckets(key [32]byte, size int, every time.Duration) *buckets {
	return &buckets{key: key, size: size, every: every, all: map[uint64]time.Time{}}
}

// take takes one from a source's bucket, and returns 0, or how long it is to wait.
func (b *buckets) take(source string, now time.Time) time.Duration {
	if source == "" {
		return 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.slot(source, now)
	full := b.all[s]
	if full.Before(now) {
		full = now
	}
	full = full.Add(b.every)
	if wait := full.Sub(now.Add(time.Duration(b.size) * b.every)); wait > 0 {
		return wait
	}
	b.all[s] = full
	return 0
}

// give gives one back.
func (b *buckets) give(source string, now time.Time) { b.add(source, now, -1) }

// empty returns 0 if a source's bucket holds anything, else how long it is to wait.
func (b *buckets) empty(source string, now time.Time) time.Duration {
	if source == "" {
		return 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return max(0, b.all[b.slot(source, now)].Add(b.every).Sub(now.Add(time.Duration(b.size)*b.every)))
}

// add takes n from a source's bucket, even if it holds less, or gives back -n.
func (b *buckets) add(source string, now time.Time, n int64) {
	if source == "" || n == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.slot(source, now)
	full, known := b.all[s]
	if !known && n < 0 {
		return // the day has ended its bucket
	}
	if full.Before(now) {
		full = now
	}
	b.all[s] = full.Add(time.Duration(n) * b.every)
}

// slot is where a source's bucket lies. The day before ends all buckets: who waits
// for midnight gains one bucket.
func (b *buckets) slot(source string, now time.Time) uint64 {
	if day := now.Unix() / 86400; day != b.day {
		b.day, b.today = day, keyed(b.key[:], now.UTC().Format(time.DateOnly))
		clear(b.all)
	}
	if len(b.all) >= maxSources && now.Sub(b.swept) > time.Second {
		b.swept = now
		for s, full := range b.all {
			if !full.After(now) {
				delete(b.all, s)
			}
		}
	}
	h := keyed(b.today[:], source)
	s := binary.BigEndian.Uint64(h[:])
	if _, known := b.all[s]; !known && len(b.all) >= maxSources {
		s %= maxSources // shared by few, and still by no attacker's choice
	}
	return s
}

// waits says how long a source is to wait, and tells its browser.
func (q *request) waits(b *buckets) (text string) {
	wait := b.take(q.cfg.Source(q.r), q.cfg.Now())
	if wait == 0 {
		return ""
	}
	q.w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
	return q.lang.text("error.wait", int(wait/time.Minute)+1)
}

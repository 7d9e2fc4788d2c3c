package login

import (
	"sync"
	"time"
)

// limiter bounds attempts of each source. No attempts of others count against one.
type limiter struct {
	mu    sync.Mutex
	size  int
	every time.Duration
	full  map[string]time.Time // when a source has all its attempts again
}

const maxSources = 1 << 16

func newLimiter(size int, every time.Duration) *limiter {
	return &limiter{size: size, every: every, full: map[string]time.Time{}}
}

// take counts an attempt, and returns 0, or how long the source is to wait.
func (l *limiter) take(source string, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	at, known := l.full[source]
	if !known && len(l.full) >= maxSources {
		for s, t := range l.full {
			if !t.After(now) {
				delete(l.full, s)
			}
		}
		if len(l.full) >= maxSources {
			clear(l.full) // an attack from everywhere gains attempts, and locks out nobody
		}
	}
	if at.Before(now) {
		at = now
	}
	at = at.Add(l.every)
	if wait := at.Sub(now.Add(time.Duration(l.size) * l.every)); wait > 0 {
		return wait
	}
	l.full[source] = at
	return 0
}

// give gives an attempt back that was right.
func (l *limiter) give(source string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if at, ok := l.full[source]; ok {
		l.full[source] = at.Add(-l.every)
	}
}

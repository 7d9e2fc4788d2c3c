package tracker

import "time"

// ErrCrashed is what a crash of a test returns.
var ErrCrashed = errCrashed

// Crash has f asked at every point between two steps.
func (s *Sync) Crash(f func(point string) error) { s.crash = f }

// SetLease sets any lease, also none.
func (s *Sync) SetLease(d time.Duration) { s.lease = d }

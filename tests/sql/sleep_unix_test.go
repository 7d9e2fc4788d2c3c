//go:build unix

package sqltest

import (
	"syscall"
	"time"
)

// sleep holds a thread, as a disk does. A timer of Go waits for a millisecond where
// nothing else runs.
func sleep(d time.Duration) {
	for t := syscall.NsecToTimespec(int64(d)); syscall.Nanosleep(&t, &t) == syscall.EINTR; {
	}
}

// processorTime is what this process has used.
func processorTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

//go:build !unix

package sqltest

import "time"

func sleep(d time.Duration) { time.Sleep(d) }

func processorTime() time.Duration { return 0 }

package sqltest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// TestSQLiteFullDisk has a real disk full under load, that of the file and its log: what
// is refused says so, what is there can be read, what was acknowledged stays, and work
// goes on once there is room.
func TestSQLiteFullDisk(t *testing.T) {
	t.Parallel()
	for _, seed := range seeds(t) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 5))
			disk := newSmallDisk(t, fmt.Sprintf("%dk", 1000+random.IntN(9000)))
			path := filepath.Join(disk.path, "cases.db")
			db, s := openFile(t, path)
			refusals := &refused{reasons: []string{"database or disk is full", "disk I/O error"}}
			l := newLoad(t, seed, 8)
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			var mu sync.Mutex
			var wg sync.WaitGroup
			wg.Go(func() {
				l.run(ctx, func() storage.Store {
					mu.Lock()
					defer mu.Unlock()
					_, s := openFile(t, path)
					return refusals.by(s)
				}, 2)
			})
			l.wait(10 + random.IntN(40))
			disk.take()
			l.until(func() bool { return refusals.count() >= 20 })
			for id := range 8 {
				if _, err := headOf(ctx, s, loadCase(id, 0)); err != nil {
					t.Errorf("what is there cannot be read: %v", err)
				}
			}
			disk.room()
			l.wait(100)
			stop()
			wg.Wait()
			records := l.check(s)
			for _, text := range refusals.strange {
				t.Errorf("refused with %s", text)
			}
			var sound string
			if err := db.QueryRow("PRAGMA integrity_check").Scan(&sound); err != nil || sound != "ok" {
				t.Errorf("the file is damaged: %s, %v", sound, err)
			}
			t.Logf("%d records, %d calls refused for want of room", records, refusals.n)
		})
	}
}

package sqltest

import (
	"context"
	"errors"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// TestPostgresFull has the disk of the tables full under load: what is refused says so,
// what was acknowledged stays, and work goes on once there is room.
func TestPostgresFull(t *testing.T) {
	t.Parallel() // with a server of its own
	if os.Geteuid() != 0 {
		t.Skip("mounting a small disk needs root")
	}
	server, _ := ownServer(t)
	disk, err := os.MkdirTemp("", "cvdfull")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(disk) })
	if err := syscall.Mount("cvdfull", disk, "tmpfs", syscall.MS_NOSUID|syscall.MS_NODEV, "size=6m"); err != nil {
		t.Skipf("mounting is not allowed here: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(disk, syscall.MNT_DETACH) })
	owner, err := user.Lookup("postgres")
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.Atoi(owner.Uid)
	gid, _ := strconv.Atoi(owner.Gid)
	space := filepath.Join(disk, "tables")
	if err := os.Mkdir(space, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{disk, space} {
		if err := os.Chown(p, uid, gid); err != nil {
			t.Fatal(err)
		}
	}
	db, _ := openUnmigrated(t, server, "cases")
	for _, q := range []string{"CREATE TABLESPACE small LOCATION '" + space + "'", "ALTER DATABASE postgres SET default_tablespace = small"} {
		if _, err := db.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	db.Close()
	db, s := openSchema(t, server, "cases") // on connections that know it
	if n := number(t, db, "SELECT count(*) FROM pg_class c JOIN pg_tablespace s ON s.oid = c.reltablespace WHERE s.spcname = 'small' AND c.relname = 'cvd_records'"); n != 1 {
		t.Fatal("the tables are not on the small disk")
	}
	refusals := &refused{Store: s}
	l := newLoad(t, 1, 8)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var wg sync.WaitGroup
	wg.Go(func() { l.run(ctx, func() storage.Store { return refusals }, 2) })
	l.wait(30)
	// The rest of the disk is taken by something else.
	fill, err := os.Create(filepath.Join(disk, "fill"))
	if err != nil {
		t.Fatal(err)
	}
	for block := make([]byte, 64<<10); ; {
		if _, err := fill.Write(block); err != nil {
			break
		}
	}
	fill.Close()
	l.until(func() bool { return refusals.count() >= 20 })
	if err := os.Remove(fill.Name()); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("", disk, "", syscall.MS_REMOUNT|syscall.MS_NOSUID|syscall.MS_NODEV, "size=500m"); err != nil {
		t.Fatal(err)
	}
	l.wait(100)
	stop()
	wg.Wait()
	records := l.check(s)
	for _, text := range refusals.strange {
		t.Errorf("refused with %s", text)
	}
	t.Logf("%d records, %d calls refused for want of room", records, refusals.n)
}

// refused counts the appends that a full disk refuses.
type refused struct {
	storage.Store
	mu      sync.Mutex
	n       int
	strange []string
}

func (r *refused) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.n
}

func (r *refused) Append(ctx context.Context, c []storage.Change) error {
	err := r.Store.Append(ctx, c)
	if err == nil || !strings.HasPrefix(err.Error(), "sqlstore: ") || errors.Is(err, context.DeadlineExceeded) {
		return err // not of the disk
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if strings.Contains(err.Error(), "No space left on device") {
		r.n++
	} else if len(r.strange) < 3 {
		r.strange = append(r.strange, err.Error())
	}
	return err
}

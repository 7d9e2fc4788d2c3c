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

// smallDisk is a disk of a few MiB, whose rest something else takes.
type smallDisk struct {
	t    *testing.T
	path string
}

func newSmallDisk(t *testing.T, size string) *smallDisk {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("mounting a small disk needs root")
	}
	path, err := os.MkdirTemp("", "cvdfull")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(path) })
	if err := syscall.Mount("cvdfull", path, "tmpfs", syscall.MS_NOSUID|syscall.MS_NODEV, "size="+size); err != nil {
		t.Skipf("mounting is not allowed here: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(path, syscall.MNT_DETACH) })
	return &smallDisk{t, path}
}

// folder makes a folder that belongs to a user.
func (d *smallDisk) folder(name, owner string) string {
	d.t.Helper()
	path := filepath.Join(d.path, name)
	if err := os.MkdirAll(path, 0o700); err != nil {
		d.t.Fatal(err)
	}
	for _, p := range []string{d.path, path} {
		give(d.t, p, owner)
	}
	return path
}

func give(t *testing.T, path, owner string) {
	t.Helper()
	u, err := user.Lookup(owner)
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	if err := os.Chown(path, uid, gid); err != nil {
		t.Fatal(err)
	}
}

// take has something else write to the disk until there is no room.
func (d *smallDisk) take() {
	d.t.Helper()
	fill, err := os.OpenFile(filepath.Join(d.path, "fill"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		d.t.Fatal(err)
	}
	defer fill.Close()
	for block := make([]byte, 4<<10); err == nil; {
		_, err = fill.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		d.t.Fatal(err)
	}
}

// room gives it room again.
func (d *smallDisk) room() {
	d.t.Helper()
	if err := os.Remove(filepath.Join(d.path, "fill")); err != nil {
		d.t.Fatal(err)
	}
	if err := syscall.Mount("", d.path, "", syscall.MS_REMOUNT|syscall.MS_NOSUID|syscall.MS_NODEV, "size=500m"); err != nil {
		d.t.Fatal(err)
	}
}

// refused counts the appends that a full disk refuses, for one of these reasons.
type refused struct {
	reasons []string
	mu      sync.Mutex
	n       int
	strange []string
}

// by is a Store whose refusals are counted.
func (r *refused) by(s storage.Store) storage.Store { return &refusing{s, r} }

func (r *refused) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.n
}

type refusing struct {
	storage.Store
	r *refused
}

func (s *refusing) Append(ctx context.Context, c []storage.Change) error {
	err := s.Store.Append(ctx, c)
	if err == nil || !strings.HasPrefix(err.Error(), "sqlstore: ") || errors.Is(err, context.DeadlineExceeded) {
		return err // not of the disk
	}
	s.r.mu.Lock()
	defer s.r.mu.Unlock()
	for _, reason := range s.r.reasons {
		if strings.Contains(err.Error(), reason) {
			s.r.n++
			return err
		}
	}
	if len(s.r.strange) < 3 {
		s.r.strange = append(s.r.strange, err.Error())
	}
	return err
}

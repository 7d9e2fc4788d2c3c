package sqltest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// sector is what a disk writes whole or not at all.
const sector = 512

// powerDisk is one folder of a disk whose power can be cut: then it keeps what was
// synced, and of the rest what chance says. A file is synced by itself, and its name by
// syncing the folder, as POSIX has it; most file systems promise more.
type powerDisk struct {
	fs.Inode

	mu     sync.Mutex
	random *rand.Rand
	lies   bool                  // says that it has synced, and has not
	names  map[string]*powerFile // as programs see them
	synced map[string]*powerFile // as they are on the disk
	left   int                   // changes until the power is cut
	dead   bool
	cut    chan struct{} // closed when it is cut
	syncs  int
}

// powerFile is a file: data is what programs see, disk what was synced.
type powerFile struct {
	fs.Inode
	d          *powerDisk
	ino        uint64
	data, disk []byte
	pending    []diskWrite // since then, in order
}

// diskWrite writes data at a place, or with no data makes a file end there.
type diskWrite struct {
	at   int
	data []byte
}

func (w diskWrite) end() int { return w.at + len(w.data) }

// apply does what programs see.
func (w diskWrite) apply(f []byte) []byte {
	switch {
	case w.data == nil && w.at <= len(f):
		return f[:w.at:w.at]
	case w.end() > len(f):
		f = append(f, make([]byte, w.end()-len(f))...)
	}
	copy(f[w.at:], w.data)
	return f
}

// loadDisk makes a disk of what is in a folder.
func loadDisk(t *testing.T, dir string, random *rand.Rand, left int) *powerDisk {
	t.Helper()
	d := &powerDisk{random: random, left: left, names: map[string]*powerFile{}, synced: map[string]*powerFile{}, cut: make(chan struct{})}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range files {
		data, err := os.ReadFile(filepath.Join(dir, x.Name()))
		if err != nil {
			t.Fatal(err)
		}
		d.names[x.Name()] = &powerFile{d: d, ino: d.nextIno(), data: data, disk: slices.Clone(data)}
		d.synced[x.Name()] = d.names[x.Name()]
	}
	return d
}

// nextIno numbers files; 1 is the folder.
func (d *powerDisk) nextIno() uint64 { return uint64(len(d.names)) + 2 + d.random.Uint64()>>16<<8 }

// save writes to a folder what is on the disk after the cut.
func (d *powerDisk) save(t *testing.T, dir string) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	for name, f := range d.remains() {
		if err := os.WriteFile(filepath.Join(dir, name), f, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// How much of what was not synced is kept.
const (
	keepNothing = iota
	keepUntilTorn
	keepAtRandom
	keepKinds
)

func (d *powerDisk) remains() map[string][]byte {
	keep := d.random.IntN(keepKinds)
	files := map[string][]byte{}
	var names []string // sorted, so that a seed repeats
	for name := range d.names {
		names = append(names, name)
	}
	for name := range d.synced {
		if d.names[name] == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		f := d.synced[name]
		if keep != keepNothing && d.random.IntN(2) == 0 {
			f = d.names[name]
		}
		if f != nil {
			files[name] = f.remains(keep)
		}
	}
	return files
}

// remains is what is left of a file. Each sector was written last at a moment of its
// own, except that writes may also have come in order, with the last of them torn.
func (f *powerFile) remains(keep int) []byte {
	random := f.d.random
	if keep == keepNothing || len(f.pending) == 0 {
		return slices.Clone(f.disk)
	}
	if keep == keepUntilTorn {
		out := slices.Clone(f.disk)
		n := random.IntN(len(f.pending))
		for _, w := range f.pending[:n] {
			out = w.apply(out)
		}
		if w := f.pending[n]; len(w.data) > 0 {
			torn := (w.at/sector + 1 + random.IntN(len(w.data)/sector+1)) * sector // sectors before it came through
			if torn < w.end() {
				w.data = w.data[:max(0, torn-w.at)]
			}
			if len(w.data) > 0 {
				out = w.apply(out)
			}
		}
		return out
	}
	size, ends := len(f.disk), random.IntN(len(f.pending)+1) // how many changes of its size are kept
	for _, w := range f.pending[:ends] {
		if w.data == nil {
			size = w.at
		} else {
			size = max(size, w.end())
		}
	}
	out := make([]byte, size)
	for at := 0; at < size; at += sector {
		f.sectorAt(out[at:min(at+sector, size)], at, random.IntN(len(f.pending)+1))
	}
	return out
}

// sectorAt fills in what a sector held after n changes.
func (f *powerFile) sectorAt(out []byte, at, n int) {
	if at < len(f.disk) {
		copy(out, f.disk[at:])
	}
	for _, w := range f.pending[:n] {
		if w.data == nil {
			if w.at < at+len(out) {
				clear(out[max(0, w.at-at):])
			}
			continue
		}
		if from, to := max(at, w.at), min(at+len(out), w.end()); from < to {
			copy(out[from-at:to-at], w.data[from-w.at:to-w.at])
		}
	}
}

// cutNow cuts the power.
func (d *powerDisk) cutNow() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.cutLocked()
}

func (d *powerDisk) cutLocked() {
	if !d.dead {
		d.dead = true
		close(d.cut)
	}
}

// change reports whether there still is power for a change.
func (d *powerDisk) change() bool {
	if d.left--; d.left < 0 {
		d.cutLocked()
	}
	return !d.dead
}

// forever is how long the kernel may keep what it knows: nobody else changes anything.
var forever = time.Hour

// serve answers the kernel on a descriptor of /dev/fuse that was mounted elsewhere.
func (d *powerDisk) serve(device *os.File) (*fuse.Server, error) {
	fd, err := syscall.Dup(int(device.Fd())) // the server closes it
	if err != nil {
		return nil, err
	}
	node := fs.NewNodeFS(d, &fs.Options{EntryTimeout: &forever, AttrTimeout: &forever})
	s, err := fuse.NewServer(node, fmt.Sprintf("/dev/fd/%d", fd), &fuse.MountOptions{DisableXAttrs: true, DisableSplice: true})
	if err != nil {
		return nil, err
	}
	go s.Serve()
	return s, nil
}

func (d *powerDisk) child(ctx context.Context, name string, out *fuse.EntryOut) *fs.Inode {
	f := d.names[name]
	f.attr(&out.Attr)
	return d.NewInode(ctx, f, fs.StableAttr{Mode: fuse.S_IFREG, Ino: f.ino})
}

func (d *powerDisk) Lookup(ctx context.Context, name string, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.dead:
		return nil, syscall.EIO
	case d.names[name] == nil:
		return nil, syscall.ENOENT
	}
	return d.child(ctx, name, out), 0
}

func (d *powerDisk) Create(ctx context.Context, name string, _, _ uint32, out *fuse.EntryOut) (*fs.Inode, fs.FileHandle, uint32, syscall.Errno) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.change() {
		return nil, nil, 0, syscall.EIO
	}
	d.names[name] = &powerFile{d: d, ino: d.nextIno()}
	return d.child(ctx, name, out), nil, fuse.FOPEN_KEEP_CACHE, 0
}

func (d *powerDisk) Unlink(_ context.Context, name string) syscall.Errno {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.change() {
		return syscall.EIO
	}
	delete(d.names, name)
	return 0
}

// Fsync syncs the names of files.
func (d *powerDisk) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.change() {
		return syscall.EIO
	}
	d.syncs++
	if !d.lies {
		clear(d.synced)
		for name, f := range d.names {
			d.synced[name] = f
		}
	}
	return 0
}

func (f *powerFile) attr(out *fuse.Attr) {
	out.Mode, out.Ino, out.Nlink = fuse.S_IFREG|0o600, f.ino, 1
	out.Size, out.Blksize, out.Blocks = uint64(len(f.data)), 4096, uint64(len(f.data)+511)/512
}

func (f *powerFile) Getattr(_ context.Context, _ fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	f.attr(&out.Attr)
	return 0
}

func (f *powerFile) Setattr(_ context.Context, _ fs.FileHandle, in *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if size, ok := in.GetSize(); ok {
		if !f.d.change() {
			return syscall.EIO
		}
		if int(size) > len(f.data) {
			f.write(int(size)-1, []byte{0})
		} else {
			f.write(int(size), nil)
		}
	}
	f.attr(&out.Attr)
	return 0
}

func (f *powerFile) write(at int, data []byte) {
	w := diskWrite{at, data}
	f.pending = append(f.pending, w)
	f.data = w.apply(f.data)
}

func (f *powerFile) Open(context.Context, uint32) (fs.FileHandle, uint32, syscall.Errno) {
	return nil, fuse.FOPEN_KEEP_CACHE, 0
}

func (f *powerFile) Read(_ context.Context, _ fs.FileHandle, dest []byte, at int64) (fuse.ReadResult, syscall.Errno) {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if f.d.dead {
		return nil, syscall.EIO
	}
	n := 0
	if int(at) < len(f.data) {
		n = copy(dest, f.data[at:])
	}
	return fuse.ReadResultData(dest[:n]), 0
}

func (f *powerFile) Write(_ context.Context, _ fs.FileHandle, data []byte, at int64) (uint32, syscall.Errno) {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if !f.d.change() {
		return 0, syscall.EIO
	}
	f.write(int(at), append([]byte{}, data...))
	return uint32(len(data)), 0
}

func (f *powerFile) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if !f.d.change() {
		return syscall.EIO
	}
	f.d.syncs++
	if !f.d.lies {
		for _, w := range f.pending {
			f.disk = w.apply(f.disk)
		}
		f.pending = nil
	}
	return 0
}

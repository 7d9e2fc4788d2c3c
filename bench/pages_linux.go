package main

import (
	"os"

	"golang.org/x/sys/unix"
)

const canDropPages = true

// dropPages has the operating system forget the pages of a file.
func dropPages(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil { // only clean pages are dropped
		return err
	}
	return unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
}

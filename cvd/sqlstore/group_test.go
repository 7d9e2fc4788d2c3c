package sqlstore

import (
	"fmt"
	"testing"

	"github.com/cvdkit/cvdkit/cvd/storage"
)

// TestBatches shows which members of a group have their rows written together.
func TestBatches(t *testing.T) {
	change := func(id byte, drops int) storage.Change {
		return storage.Change{ID: storage.CaseID{id}, Drop: make([]storage.Key, drops)}
	}
	for _, x := range []struct {
		group [][]storage.Change
		want  string
	}{
		{nil, "[]"},
		{[][]storage.Change{{change(1, 0)}}, "[[1]]"},
		{[][]storage.Change{{change(1, 0)}, {change(2, 0), change(3, 0)}, {change(4, 0)}}, "[[1 2 3 4]]"},
		{[][]storage.Change{{change(1, 0)}, {change(2, 0)}, {change(1, 0)}, {change(2, 0)}}, "[[1 2] [1 2]]"},
		{[][]storage.Change{{change(1, 0)}, {change(2, 0)}, {change(3, 0), change(2, 0)}, {change(1, 0)}}, "[[1 2] [3 2 1]]"},
		{[][]storage.Change{{change(1, 0)}, {change(2, 0), change(3, 1)}, {change(4, 0)}, {change(5, 0)}}, "[[1] [2 3] [4 5]]"},
		{[][]storage.Change{{change(1, 1)}, {change(2, 1)}}, "[[1] [2]]"},
	} {
		var group []*member
		for _, c := range x.group {
			group = append(group, &member{changes: c})
		}
		got := make([][]byte, 0)
		for _, b := range batches(group) {
			var ids []byte
			for _, c := range b {
				ids = append(ids, c.ID[0])
			}
			got = append(got, ids)
		}
		if s := fmt.Sprint(got); s != x.want {
			t.Errorf("%v are written as %s instead of %s", x.group, s, x.want)
		}
	}
}

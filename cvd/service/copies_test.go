package service_test

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/cvdkit/cvdkit/cvd/service"
)

// eachList calls f for every exported slice of a case, those of its embargo, its
// release and its submission included.
func eachList(v reflect.Value, name string, f func(name string, list reflect.Value)) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if !field.IsExported() {
			continue
		}
		switch x := v.Field(i); x.Kind() {
		case reflect.Slice:
			f(name+field.Name, x)
		case reflect.Struct:
			eachList(x, name+field.Name+".", f)
		}
	}
}

// What View returns is the caller's, whatever it does to its lists, and what Do
// returns it may append to: a field that is forgotten where cases are copied shows
// here. Lists that no story fills fail the test too.
func TestCopiesShareNothing(t *testing.T) {
	filled := map[string]bool{}
	for name, story := range stories {
		d := newDesk(t)
		id := story(d)
		for _, v := range []cvd.Viewer{team, {Party: 2}, {Party: 3}, {}} {
			seen, err := d.svc.View(ctx, id, v)
			if err != nil {
				continue // that viewer sees nothing of it
			}
			want := dump(seen)
			eachList(reflect.ValueOf(seen).Elem(), "", func(field string, list reflect.Value) {
				for i := range list.Len() {
					filled[field] = true
					if list.Index(i).Kind() == reflect.Pointer {
						list.Index(i).Elem().SetZero()
					}
					list.Index(i).SetZero()
				}
			})
			again, err := d.svc.View(ctx, id, v)
			require.NoError(t, err)
			require.Equal(t, want, dump(again), "story %s, viewer %+v", name, v)
		}
		c, err := d.svc.Do(ctx, id, staff, cvd.PostMessage{Text: "one more"})
		if err != nil {
			continue // the story ends where nothing can be added
		}
		eachList(reflect.ValueOf(c).Elem(), "", func(field string, list reflect.Value) {
			if field == "GroupTags" { // which View leaves out
				filled[field] = filled[field] || list.Len() > 0
			}
			reflect.Append(list, reflect.Zero(list.Type().Elem()))
		})
		d.do(id, cvd.PostMessage{Text: "and one"}, cvd.AddID{IDs: []cvd.ExternalID{{Kind: "ticket", Value: "T-1"}}})
		want := dump(d.view(id, team))
		fresh, err := service.New(d.cfg) // folds the log anew
		require.NoError(t, err)
		seen, err := fresh.View(ctx, id, team)
		require.NoError(t, err)
		require.Equal(t, want, dump(seen), "story %s", name)
	}
	eachList(reflect.ValueOf(cvd.Case{}), "", func(field string, _ reflect.Value) {
		require.True(t, filled[field], "no golden story has %s: extend one", field)
	})
}

// A Case is a value that a caller can copy, compare and write as JSON: all of it is in
// its fields, and nothing of folding hides in it.
func TestCaseHoldsNoFoldState(t *testing.T) {
	for _, f := range reflect.VisibleFields(reflect.TypeFor[cvd.Case]()) {
		require.True(t, f.IsExported(), "Case.%s is no field that a caller sees", f.Name)
	}
}

package caselog

import (
	"reflect"
	"testing"

	"github.com/cvdkit/cvdkit/cvd"
	"github.com/stretchr/testify/require"
)

// Whoever adds a record that a participant makes decides whether an Erasure
// covers it: a record with a participant and a private part is of that
// participant, or is named here with the reason why not.
func TestEveryRecordOfAPersonIsErased(t *testing.T) {
	ofOthers := map[string]string{
		"stream.added/1": "names of products, not of people",
		"case.handed/1":  "the reason is the owner's",
	}
	checked := 0
	for name, create := range Kinds {
		x := create()
		v := reflect.ValueOf(x).Elem()
		private, party := false, false
		for i := range v.NumField() {
			f := v.Field(i)
			if !f.CanInterface() {
				continue
			}
			switch f.Interface().(type) {
			case cvd.Private:
				private = true
			case cvd.PartyID:
				f.Set(reflect.ValueOf(cvd.PartyID(7)))
				party = true
			}
		}
		if !private || !party || ofOthers[name] != "" {
			continue
		}
		checked++
		require.Equal(t, cvd.PartyID(7), author(&Folded{}, x, &cvd.Event{}), "%s: let author return the participant, or say here why not", name)
	}
	require.Greater(t, checked, 6)
}

package cra_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/cvd/cra"
)

// The newest table, written down a second time as ENISA's glossary prints it: what is
// asked at which stage (24 h, 72 h, final: R required, A required if available,
// c carried or updated, o optional, - not shown, p by the platform or the CSIRT), and
// how many characters a field takes. docs/hosting.md says what this was held against.
func TestNewestTableIsTheGlossary(t *testing.T) {
	want := strings.Fields(`
		1:Rcc 2:Rcc:255 3:Rcc:4000 4:ppp 5:Rcc 6:Rcc:255 7:Rcc:255 8:occ 9:occ 10:occ 11:occ 12:occ:255 13:occ
		14:occ:4000 15:ooc:255 16:ooR:2000 17:ooR:4000 18:-oo:255
		v19:occ:255 v20:occ:255 v21:oRc:4000 v22:ooR v23:ooR:2000 v24:ooR:4000 v25:ooR:4000 v26:Rcc v26a:oRo
		v27:ooA:100 v28:-o- v29:-o- v30:ooc:800
		i31:Rcc i32:oRc:4000 i33:ooR:4000 i34:ooR:4000 i35:ooR:4000 i36:ooR:255 i37:RRc i38:oRo i39:oRc:4000
		40:ooo 41:ppp`)
	letters := strings.NewReplacer("X", "R", "I", "A", "A", "p", "C", "c", "O", "o")
	var got []string
	for _, f := range cra.Newest().Fields {
		line := f.Number + ":" + letters.Replace(string(f.Codes[0])+string(f.Codes[1])+string(f.Codes[2]))
		if f.Max > 0 {
			line += fmt.Sprint(":", f.Max)
		}
		got = append(got, line)
	}
	require.Equal(t, want, got)
}

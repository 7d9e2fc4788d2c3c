package cvdmodel

import "strings"

// The tables, as text: from, event, to. RM has the letters S R I V D A C, EM has
// N P A R X, consent has n(one) i(nvited) s(ignatory) l(apsed) d(eclined).
const (
	rmTable = "S-r-R R-v-V R-i-I I-v-V I-c-C V-a-A V-d-D A-d-D A-c-C D-a-A D-c-C"
	emTable = "N-p-P P-p-P P-r-N P-a-A A-p-R A-t-X R-p-R R-a-A R-r-A R-t-X"
	// Withdraw, w, is the one event that Vultron does not have.
	consentTable = "n-i-i l-i-i d-i-i n-a-s i-a-s l-a-s n-d-d i-d-d l-d-d s-v-l s-w-d"
)

// rmOrder is how far a state is; a report of a remote party does not go back.
const rmOrder = "S0 R1 I2 V2 D3 A3 C4"

func next(table string, from, event byte) (byte, bool) {
	i := strings.Index(table, string(from)+"-"+string(event)+"-")
	if i < 0 {
		return from, false
	}
	return table[i+4], true
}

func order(rm byte) byte { return rmOrder[strings.IndexByte(rmOrder, rm)+1] }

// reports tells whether a remote party in one state may say that it is in
// another: by one edge, or further.
func reports(from, to byte) bool {
	for edge := range strings.FieldsSeq(rmTable) {
		if edge[0] == from && edge[4] == to {
			return true
		}
	}
	return order(to) > order(from)
}

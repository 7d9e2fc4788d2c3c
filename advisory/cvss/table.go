package cvss

import "strings"

// metric is one row of a version's table: its name, and its values in the order of
// the specification with the default last where the metric is optional.
type metric struct {
	name   string
	values []string
	group  group
}

type group uint8

const (
	base group = iota
	temporal
	environmental
	supplemental
)

// scheme is the grammar of one version.
type scheme struct {
	version string
	prefix  string // "" for 2.0
	ordered bool   // metrics must come in the order of the table
	whole   bool   // an optional group is given whole or not at all (2.0)
	unset   string // the value that says "not defined"
	metrics []metric
}

// rows reads a compact table: "AV:N,A,L AC:L,H".
func rows(g group, unset, table string) []metric {
	var out []metric
	for _, row := range strings.Fields(table) {
		name, values, _ := strings.Cut(row, ":")
		m := metric{name: name, values: strings.Split(values, ","), group: g}
		if unset != "" {
			m.values = append(m.values, unset)
		}
		out = append(out, m)
	}
	return out
}

func join(groups ...[]metric) []metric {
	var out []metric
	for _, g := range groups {
		out = append(out, g...)
	}
	return out
}

// A complete guide to CVSS 2.0, tables 13 to 15.
var v20 = scheme{
	version: "2.0", ordered: true, whole: true, unset: "ND",
	metrics: join(
		rows(base, "", "AV:L,A,N AC:H,M,L Au:M,S,N C:N,P,C I:N,P,C A:N,P,C"),
		rows(temporal, "ND", "E:U,POC,F,H RL:OF,TF,W,U RC:UC,UR,C"),
		rows(environmental, "ND", "CDP:N,L,LM,MH,H TD:N,L,M,H CR:L,M,H IR:L,M,H AR:L,M,H"),
	),
}

// CVSS 3.0 and 3.1, section 6, table 15. The two differ in their formulas only.
var v3metrics = join(
	rows(base, "", "AV:N,A,L,P AC:L,H PR:N,L,H UI:N,R S:U,C C:H,L,N I:H,L,N A:H,L,N"),
	rows(temporal, "X", "E:H,F,P,U RL:U,W,T,O RC:C,R,U"),
	rows(environmental, "X", `CR:H,M,L IR:H,M,L AR:H,M,L MAV:N,A,L,P MAC:L,H MPR:N,L,H
		MUI:N,R MS:U,C MC:N,L,H MI:N,L,H MA:N,L,H`),
)

var (
	v30 = scheme{version: "3.0", prefix: "CVSS:3.0/", unset: "X", metrics: v3metrics}
	v31 = scheme{version: "3.1", prefix: "CVSS:3.1/", unset: "X", metrics: v3metrics}
)

// Indexes of v40.metrics; the scorer reads values by them.
const (
	mAV = iota
	mAC
	mAT
	mPR
	mUI
	mVC
	mVI
	mVA
	mSC
	mSI
	mSA
	mE
	mCR
	mIR
	mAR
	mMAV // the modified base metrics follow in the order of the base metrics
)

// CVSS 4.0, section 7, table 23. Its order is binding.
var v40 = scheme{
	version: "4.0", prefix: "CVSS:4.0/", ordered: true, unset: "X",
	metrics: join(
		rows(base, "", `AV:N,A,L,P AC:L,H AT:N,P PR:N,L,H UI:N,P,A VC:H,L,N VI:H,L,N VA:H,L,N
			SC:H,L,N SI:H,L,N SA:H,L,N`),
		rows(temporal, "X", "E:A,P,U"),
		rows(environmental, "X", `CR:H,M,L IR:H,M,L AR:H,M,L MAV:N,A,L,P MAC:L,H MAT:N,P
			MPR:N,L,H MUI:N,P,A MVC:H,L,N MVI:H,L,N MVA:H,L,N MSC:H,L,N MSI:H,L,N,S MSA:H,L,N,S`),
		rows(supplemental, "X", "S:N,P AU:N,Y R:A,U,I V:D,C RE:L,M,H U:Clear,Green,Amber,Red"),
	),
}

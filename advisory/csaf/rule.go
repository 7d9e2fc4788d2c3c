package csaf

// Group is a group of tests.
type Group int

// The groups in the order of severity.
const (
	GroupSchema Group = iota // the structure
	Mandatory                // section 6.1
	Recommended              // section 6.2, "optional" in 2.0
	Informative              // section 6.3
)

func (g Group) severity() Severity {
	switch g {
	case Recommended:
		return SeverityWarning
	case Informative:
		return SeverityInfo
	}
	return SeverityError
}

// rule is one row of the tables of tests.
type rule struct {
	id    string
	group Group
	title string
	check func(*run)
	needs need // what the host must inject for it to run
}

type need int

const (
	needNothing need = iota
	needURL
	needSpelling
	needGrammar
	needClock
)

// Test describes a test of the standard.
type Test struct {
	ID    string // such as 6.1.1
	Group Group  // which section of the standard it is of
	Title string // as the standard has it
}

// Tests lists the tests of a version in their order, without the structure:
// 74 for 2.0 and 177 for 2.1.
func Tests(v Version) []Test {
	rules := rulesOf(v)
	out := make([]Test, 0, len(rules))
	for _, r := range rules[1:] {
		out = append(out, Test{r.id, r.group, r.title})
	}
	return out
}

func rulesOf(v Version) []rule {
	if v == V21 {
		return rules21()
	}
	return rules20()
}

// group sets the group of rows from the number of their test.
func grouped(rows []rule) []rule {
	for i := range rows {
		switch rows[i].id[:2] {
		case "6.":
			rows[i].group = Group(rows[i].id[2] - '0')
		default:
			rows[i].group = GroupSchema
		}
	}
	return rows
}

package measure

import "github.com/cvdkit/cvdkit/cvd/vultron"

// orderWords say what an event means for people, as it begins a sentence and as
// it ends one.
var orderWords = map[vultron.CSEvent][2]string{
	vultron.VendorAware:     {"The vendor knew", "the vendor knew"},
	vultron.FixReady:        {"A fix was ready", "a fix was ready"},
	vultron.FixDeployed:     {"The fix was deployed", "the fix was deployed"},
	vultron.PublicAware:     {"The public knew", "the public knew"},
	vultron.ExploitPublic:   {"An exploit was public", "an exploit was public"},
	vultron.AttacksObserved: {"Attacks were observed", "attacks were observed"},
}

// OrderWords says what a desired order means: "The vendor knew before the public".
func OrderWords(d vultron.Desideratum) string {
	then := orderWords[d.Then][1]
	if d.First == vultron.VendorAware && d.Then == vultron.PublicAware {
		then = "the public"
	}
	return orderWords[d.First][0] + " before " + then
}

package advisory

// Index answers in constant time what is said about a product. It is made by NewIndex,
// does not see later changes of the advisory, and is safe for concurrent use.
type Index struct {
	a        *Advisory
	products map[string]int
	about    []map[string]*About
}

// About is what a vulnerability says of one product: states, and indexes into the lists
// of the vulnerability, each ascending.
type About struct {
	States                               []State // in which the product is
	Flags, Threats, Remediations, Scores []int   // indexes into the lists of these names
}

// NewIndex makes an index. Its cost is linear in the advisory.
func NewIndex(a *Advisory) *Index {
	x := &Index{a: a, products: make(map[string]int, len(a.Products)), about: make([]map[string]*About, len(a.Vulnerabilities))}
	for i := len(a.Products) - 1; i >= 0; i-- { // the first of an ID counts
		x.products[a.Products[i].ID] = i
	}
	for i := range a.Vulnerabilities {
		x.about[i] = aboutProducts(&a.Vulnerabilities[i])
	}
	return x
}

func aboutProducts(v *Vulnerability) map[string]*About {
	m := map[string]*About{}
	each := func(ids []string, add func(*About)) {
		for _, id := range ids {
			p := m[id]
			if p == nil {
				p = &About{}
				m[id] = p
			}
			add(p)
		}
	}
	// An ID that a list names twice is there once.
	index := func(i int, list func(*About) *[]int) func(*About) {
		return func(p *About) {
			if l := list(p); len(*l) == 0 || (*l)[len(*l)-1] != i {
				*l = append(*l, i)
			}
		}
	}
	for _, s := range v.Status {
		each(s.Products, func(p *About) {
			if n := len(p.States); n == 0 || p.States[n-1] != s.State {
				p.States = append(p.States, s.State)
			}
		})
	}
	for i, f := range v.Flags {
		each(f.Products, index(i, func(p *About) *[]int { return &p.Flags }))
	}
	for i, t := range v.Threats {
		each(t.Products, index(i, func(p *About) *[]int { return &p.Threats }))
	}
	for i, r := range v.Remediations {
		each(r.Products, index(i, func(p *About) *[]int { return &p.Remediations }))
	}
	for i, s := range v.Scores {
		each(s.Products, index(i, func(p *About) *[]int { return &p.Scores }))
	}
	return m
}

// Product returns the product of an ID, and nil if there is none.
func (x *Index) Product(id string) *Product {
	if i, ok := x.products[id]; ok {
		return &x.a.Products[i]
	}
	return nil
}

var nothing = &About{}

// About returns what vulnerability number v says of a product: never nil. The caller
// must not change it.
func (x *Index) About(v int, id string) *About {
	if p := x.about[v][id]; p != nil {
		return p
	}
	return nothing
}

// Has reports whether one of the states is said of the product.
func (p *About) Has(states ...State) bool {
	for _, have := range p.States {
		for _, s := range states {
			if have == s {
				return true
			}
		}
	}
	return false
}

package advisory

// Product is one thing that a vulnerability can affect: a product in one version or
// a range of versions, or a product inside another.
type Product struct {
	ID      string   // unique in the advisory; other parts refer to it
	Title   string   // the full name for people; "" means Vendor, Name and version
	Vendor  string   // who makes it
	Name    string   // without the vendor and the version
	Version string   // one version
	Range   Range    // or versions; at most one of the two is set
	PURLs   []string // package URLs of exactly this product
	CPE     string   // 2.2 or 2.3
	Repo    string   // URL of the source code
	// Ecosystem and Package name it in OSV; "" takes both from the first PURL.
	Ecosystem string
	Package   string       // the name in Ecosystem
	Hashes    []FileHashes // of its files
	// Identifiers of hardware and of other systems.
	Models, Serials, SKUs, SBOMs []string
	// Branches is the full path in a CSAF product tree, where that is more than
	// vendor, product name and version; the fields above repeat what it says.
	Branches []Branch
	// Of and Steps make a combination: product Of, then for each step how it relates
	// to the next product. Such a product has no version of its own.
	Of    string
	Steps []Step // see Of
}

// Branch is a level of a CSAF product tree, such as {"architecture", "amd64"}.
type Branch struct{ Category, Name string }

// Step relates a product to the next: default_component_of, external_component_of,
// installed_on, installed_with or optional_component_of.
type Step struct{ Category, Product string }

// FileHashes are checksums of one file, by algorithm, in hexadecimal.
type FileHashes struct {
	Filename string // without a path
	Hashes   []Hash // at least one
}

// Hash is one checksum. Algorithm is as OpenSSL names it, such as "sha256".
type Hash struct{ Algorithm, Value string }

// Range is a set of versions.
type Range struct {
	Scheme    string     // the versioning scheme as vers names it: semver, npm, deb, generic; "" if unknown
	Intervals []Interval // ascending
	Text      string     // the range in words, where it is not intervals; never both
}

// Interval is a run of versions. An empty From means from the first version on; an
// empty Before and Through means without an end.
type Interval struct {
	From    string // inclusive
	Before  string // exclusive
	Through string // inclusive; at most one of Before and Through is set
}

// IsZero reports whether the range says nothing.
func (r Range) IsZero() bool { return r.Scheme == "" && len(r.Intervals) == 0 && r.Text == "" }

// Display returns Title, or what the other fields make of it.
func (p *Product) Display() string {
	if p.Title != "" {
		return p.Title
	}
	s := ""
	for _, part := range []string{p.Vendor, p.Name, p.Version, p.Range.Display()} {
		if part != "" && s != "" {
			s += " "
		}
		s += part
	}
	if s == "" {
		return p.ID
	}
	return s
}

// Display returns the range for people, such as "from 1.0 before 1.2.3".
func (r Range) Display() string {
	if r.Text != "" {
		return r.Text
	}
	s := ""
	for i, v := range r.Intervals {
		if i > 0 {
			s += ", "
		}
		s += v.Display()
	}
	return s
}

// Display returns the interval for people.
func (v Interval) Display() string {
	end := ""
	switch {
	case v.Before != "":
		end = "before " + v.Before
	case v.Through != "" && v.Through == v.From:
		return v.From
	case v.Through != "":
		end = "through " + v.Through
	}
	switch {
	case v.From == "" && end == "":
		return "all versions"
	case v.From == "":
		return end
	case end == "":
		return "from " + v.From
	}
	return "from " + v.From + " " + end
}

// Product returns the product of an ID, and nil if there is none.
func (a *Advisory) Product(id string) *Product {
	for i := range a.Products {
		if a.Products[i].ID == id {
			return &a.Products[i]
		}
	}
	return nil
}

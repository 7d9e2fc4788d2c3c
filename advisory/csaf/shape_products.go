package csaf

import (
	"github.com/cvdkit/cvdkit/advisory/internal/shape"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

func (t *tables) fullProductName() *shape.Shape {
	m := members{"name": text(), "product_id": text(), "product_identification_helper": t.helper()}
	if t.spec.AtLeast(V21) {
		m["x_extensions"] = t.extensions
	}
	return t.obj("name product_id", m)
}

func (t *tables) helper() *shape.Shape {
	algorithm, value, cpe := text(), matching(32, isHash20), matching(5, isCPE20)
	if t.spec.AtLeast(V21) {
		algorithm, value, cpe = matching(1, isAlgorithm21), matching(32, isHash21), matching(5, isCPE21)
	}
	m := members{
		"cpe": cpe,
		"hashes": t.set21(t.obj("file_hashes filename", members{
			"file_hashes": t.set21(t.obj("algorithm value", members{"algorithm": algorithm, "value": value})),
			"filename":    text(),
		})),
		"model_numbers":  set(text()),
		"sbom_urls":      t.set21(uri()),
		"serial_numbers": set(text()),
		"skus":           t.set21(text()),
		"x_generic_uris": t.set21(t.obj("namespace uri", members{"namespace": uri(), "uri": uri()})),
	}
	if t.spec.AtLeast(V21) {
		m["purls"] = set(&shape.Shape{Kind: jsontree.String, Min: 7, Match: isPurl21, Format: isURI})
	} else {
		m["purl"] = &shape.Shape{Kind: jsontree.String, Min: 7, Match: isPurl20, Format: isURI}
	}
	return t.objMin(1, m)
}

func (t *tables) branches() *shape.Shape {
	categories := "architecture host_name language patch_level product_family product_name product_version " +
		"product_version_range service_pack specification vendor"
	if t.spec.AtLeast(V21) {
		categories += " platform"
	} else {
		categories += " legacy"
	}
	branch := t.obj("category name", members{"category": enum(categories), "name": text(), "product": t.product})
	branch.Min, branch.Max = 3, 3
	branches := list(branch)
	branch.Members["branches"] = branches
	return branches
}

const relations = "default_component_of external_component_of installed_on installed_with optional_component_of"

func (t *tables) productTree() *shape.Shape {
	atLeastTwo := set(text())
	atLeastTwo.Min = 2
	m := members{
		"branches":           t.branches(),
		"full_product_names": list(t.product),
		"product_groups": list(t.obj("group_id product_ids", members{
			"group_id": text(), "product_ids": atLeastTwo, "summary": text(),
		})),
	}
	if t.spec.AtLeast(V21) {
		m["product_paths"] = list(t.obj("beginning_product_reference full_product_name subpaths", members{
			"beginning_product_reference": text(),
			"full_product_name":           t.product,
			"subpaths": list(t.obj("category next_product_reference", members{
				"category": enum(relations), "next_product_reference": text(),
			})),
		}))
	} else {
		m["relationships"] = list(t.obj("category full_product_name product_reference relates_to_product_reference", members{
			"category":                     enum(relations),
			"full_product_name":            t.product,
			"product_reference":            text(),
			"relates_to_product_reference": text(),
		}))
	}
	return t.objMin(1, m)
}

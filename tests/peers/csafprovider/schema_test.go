package csafprovider

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/cvdkit/cvdkit/advisory/provider"
)

// The metadata of both trees is valid by the official schemas, which csaf_checker
// knows for 2.0 only.
func TestOfficialSchemas(t *testing.T) {
	dir := os.Getenv("CVD_TEST_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "shared")
	}
	dir = filepath.Join(dir, "oracle", "csaf")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the OASIS schemas are not in ../shared/oracle/csaf; set CVD_TEST_SHARED")
	}
	s := publish(t, true)
	for _, v := range []struct{ tree, file string }{
		{"v2.0", "csaf_2.0/json_schema/provider_json_schema.json"},
		{"v2.1", "csaf_2.1/json_schema/provider.json"},
	} {
		c := jsonschema.NewCompiler()
		c.AssertFormat()
		for url, file := range map[string]string{
			"https://docs.oasis-open.org/csaf/csaf/v2.0/csaf_json_schema.json": "csaf_2.0/json_schema/csaf_json_schema.json",
			"https://docs.oasis-open.org/csaf/csaf/v2.1/schema/csaf.json":      "csaf_2.1/json_schema/csaf.json",
			"https://docs.oasis-open.org/csaf/csaf/v2.1/schema/meta.json":      "csaf_2.1/json_schema/meta.json",

			"https://docs.oasis-open.org/csaf/csaf/v2.1/schema/extension-content.json": "csaf_2.1/json_schema/extension-content.json",
			"provider.json": v.file,
		} {
			data, err := os.ReadFile(filepath.Join(dir, file))
			if os.IsNotExist(err) {
				continue
			}
			require.NoError(t, err)
			doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
			require.NoError(t, err)
			if m, ok := doc.(map[string]any); ok && url != "provider.json" {
				// Only definitions are referred to. Its dialect adds keywords for extensions.
				m["$schema"] = "https://json-schema.org/draft/2020-12/schema"
				// What refers to the schemas of CVSS and SSVC is not needed.
				if p, ok := m["properties"].(map[string]any); ok {
					delete(p, "vulnerabilities")
				}
			}
			if url == "https://docs.oasis-open.org/csaf/csaf/v2.1/schema/extension-content.json" {
				doc = map[string]any{} // metadata has no extensions
			}
			require.NoError(t, c.AddResource(url, doc))
		}
		schema, err := c.Compile("provider.json")
		require.NoError(t, err)
		data, err := os.ReadFile(filepath.Join(s.cfg.Dir, v.tree, provider.MetadataName))
		require.NoError(t, err)
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		require.NoError(t, err)
		require.NoError(t, schema.Validate(doc))
		doc.(map[string]any)["metadata_version"] = "1.0"
		require.Error(t, schema.Validate(doc), "the check can fail")
	}
}

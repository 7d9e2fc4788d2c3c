package csafschema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/cvdkit/cvdkit/advisory/csaf"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

// script times the validator of secvisogram on the documents that it reads from
// standard input, warm, and prints milliseconds for each.
const script = `
const t0 = performance.now();
const tests = await import('@secvisogram/csaf-validator-lib/mandatoryTests.js');
const optional = await import('@secvisogram/csaf-validator-lib/optionalTests.js');
const informative = await import('@secvisogram/csaf-validator-lib/informativeTests.js');
const schema = await import('@secvisogram/csaf-validator-lib/schemaTests.js');
const { default: validate } = await import('@secvisogram/csaf-validator-lib/validate.js');
const start = performance.now() - t0;
let input = '';
for await (const chunk of process.stdin) input += chunk;
const external = new Set(['informativeTest_6_3_6', 'informativeTest_6_3_7', 'informativeTest_6_3_8']);
const basic = [...Object.values(schema), ...Object.values(tests)];
const full = [...basic, ...Object.values(optional), ...Object.entries(informative).filter(([k]) => !external.has(k)).map(([, v]) => v)];
const out = { start };
for (const [name, text] of Object.entries(JSON.parse(input))) {
  for (const [preset, list] of Object.entries({ basic, full })) {
    const until = performance.now() + 1500;
    for (let i = 0; i < 20; i++) await validate(list, JSON.parse(text));
    let n = 0;
    const t = performance.now();
    do { await validate(list, JSON.parse(text)); n++; } while (performance.now() < until + 1500);
    out[name + ' ' + preset] = (performance.now() - t) / n;
  }
}
console.log(JSON.stringify(out));
`

// large makes a document of about 130 kB from a small one: more products, each
// named by the statuses, remediations and scores.
func large(b *testing.B, text []byte) []byte {
	root := tree(b, text)
	versions := root.Find("/product_tree/branches/0/branches/0/branches")
	var ids []string
	for i := range 230 {
		s := versions.Item(0).Clone()
		v := fmt.Sprintf("9.%d.0", i)
		s.Set("name", jsontree.NewString(v))
		id := fmt.Sprintf("CSAFPID-9%04d", i)
		s.Get("product").Set("product_id", jsontree.NewString(id))
		s.Get("product").Set("name", jsontree.NewString("Example Company Product A "+v))
		versions.Append(s)
		ids = append(ids, id)
	}
	for _, p := range []string{"product_status/known_affected", "remediations/0/product_ids", "scores/0/products"} {
		root.Find("/vulnerabilities/0/" + p).Append(jsontree.NewStrings(ids...).Items()...)
	}
	return root.AppendIndent(nil, "  ")
}

// BenchmarkPeer compares with secvisogram's library in one run. CVD_PEER_NODE
// names a folder in which npm installed @secvisogram/csaf-validator-lib. The
// documents are one of 6 kB and one of 130 kB made here, one of 1.5 kB of the
// suite and, with CVD_TEST_CSAF_REPO, the example of 130 kB of the repository.
func BenchmarkPeer(b *testing.B) {
	dir := os.Getenv("CVD_PEER_NODE")
	if dir == "" {
		b.Skip("set CVD_PEER_NODE to a folder with node_modules/@secvisogram/csaf-validator-lib")
	}
	small, err := os.ReadFile(filepath.Join("..", "..", "..", "advisory", "csaf", "testdata", "base20.json"))
	if err != nil {
		b.Fatal(err)
	}
	texts := map[string]string{"small": string(small), "large": string(large(b, small))}
	sizes := []string{"small", "large"}
	for name, file := range map[string]string{
		"oasis": filepath.Join(oracle(b), "csaf_2.0", "test", "validator", "data", "mandatory", "oasis_csaf_tc-csaf_2_0-2021-6-1-01-11.json"),
		"cisco": filepath.Join(os.Getenv("CVD_TEST_CSAF_REPO"), "csaf_2.0", "examples", "csaf", "cisco-sa-20180328-smi2.json"),
	} {
		if text, err := os.ReadFile(file); err == nil {
			texts[name] = string(text)
			sizes = append(sizes, name)
		}
	}
	input, err := json.Marshal(texts)
	if err != nil {
		b.Fatal(err)
	}
	file := filepath.Join(dir, "cvdkit-bench.mjs")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		b.Fatal(err)
	}
	defer os.Remove(file)
	cmd := exec.CommandContext(b.Context(), "node", file)
	cmd.Dir, cmd.Stdin, cmd.Stderr = dir, bytes.NewReader(input), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		b.Fatal(err)
	}
	var theirs map[string]float64
	if err := json.Unmarshal(out, &theirs); err != nil {
		b.Fatal(err)
	}
	for _, size := range sizes {
		for _, preset := range []csaf.Preset{csaf.Basic, csaf.Full} {
			b.Run(size+"/"+string(preset), func(b *testing.B) {
				var v csaf.Validator
				text := []byte(texts[size])
				b.ReportAllocs()
				b.SetBytes(int64(len(text)))
				start := time.Now()
				for b.Loop() {
					if _, err := v.Validate(b.Context(), text, preset); err != nil {
						b.Fatal(err)
					}
				}
				ours := float64(time.Since(start).Microseconds()) / 1000 / float64(b.N)
				peer := theirs[size+" "+string(preset)]
				b.ReportMetric(peer, "peer-ms")
				b.ReportMetric(peer/ours, "times-faster")
			})
		}
	}
	b.Logf("the peer took %.0f ms to be imported", theirs["start"])
}

// BenchmarkStart is the first validation of a process: the tables and lists are
// read. Run it with -benchtime 1x; later rounds are warm.
func BenchmarkStart(b *testing.B) {
	small, err := os.ReadFile(filepath.Join("..", "..", "..", "advisory", "csaf", "testdata", "base21.json"))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := new(csaf.Validator).Validate(b.Context(), small, csaf.Full); err != nil {
			b.Fatal(err)
		}
	}
}

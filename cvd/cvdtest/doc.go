// Package cvdtest checks implementations of the interfaces of package cvd. It
// depends on the standard library only.
//
// One call runs a whole suite:
//
//	func TestStore(t *testing.T) {
//		cvdtest.TestStore(t, func(t *testing.T) storage.Store { return openEmpty(t) })
//	}
//
// Each rule of a contract is a subtest. A failure prints the rule, where it
// stands and what was seen. There is nothing to opt out of: a suite that passes
// checked every rule.
//
// The suites are themselves checked against implementations that break one rule
// each. They cannot prove durability: kill your process while it appends, and
// look what of the acknowledged records is there.
package cvdtest

package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// policyFormat is the version of the JSON form, not of a policy.
const policyFormat = 1

// maxPolicyFile bounds a policy in JSON.
const maxPolicyFile = 64 << 10

// plainPolicy has the members of a Policy without its methods.
type plainPolicy Policy

type policyFile struct {
	Format int `json:"format"`
	plainPolicy
}

// Parse reads a policy of a host from JSON: the members of Policy and
// "format": 1. At most 64 KiB; members that are not known are refused, since a
// rule that is silently left out would give a wrong date. Where the text is a
// policy but breaks a rule the error is an *Error.
func Parse(text []byte) (Policy, error) {
	if len(text) > maxPolicyFile {
		return Policy{}, fmt.Errorf("policy: more than %d bytes", maxPolicyFile)
	}
	var f policyFile
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		return Policy{}, fmt.Errorf("policy: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Policy{}, errors.New("policy: text after the end")
	}
	if f.Format != policyFormat {
		return Policy{}, &Error{Path: "format", Rule: "is 1; a later format needs a later release"}
	}
	p := Policy(f.plainPolicy)
	return p, p.Validate()
}

// MarshalJSON writes what Parse reads.
func (p Policy) MarshalJSON() ([]byte, error) {
	return json.Marshal(policyFile{policyFormat, plainPolicy(p)})
}

// UnmarshalJSON is Parse.
func (p *Policy) UnmarshalJSON(b []byte) (err error) {
	*p, err = Parse(b)
	return err
}

package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/cvdkit/cvdkit/advisory/csaf"
	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

func (p *program) upgrade(_ context.Context, args []string) error {
	f := p.flags("upgrade", "[-allow-invalid] FILE")
	allow := f.Bool("allow-invalid", false, "write a result that is not valid too, for a person to mend")
	if err := parse(f, args); err != nil {
		return err
	}
	if f.NArg() != 1 {
		return misuse(f, "name one file")
	}
	file, err := p.open(f.Arg(0))
	if err != nil {
		return err
	}
	defer file.Close()
	d, err := csaf.Read(file, jsontree.Limits{})
	if err != nil {
		return err
	}
	up, warnings, err := csaf.Upgrade(d)
	for _, w := range warnings {
		fmt.Fprintf(p.err, "%s: %v\n", w.Severity, w)
	}
	var invalid *csaf.InvalidError
	if errors.As(err, &invalid) {
		for _, finding := range invalid.Findings {
			fmt.Fprintf(p.err, "not valid: %v\n", finding)
		}
		if !*allow {
			return errors.New("nothing was written, since the result is not valid CSAF 2.1; mend what is named above in the document, or write it with -allow-invalid")
		}
		err = nil
	}
	if err != nil {
		return err
	}
	_, err = p.out.Write(up.JSON())
	return err
}

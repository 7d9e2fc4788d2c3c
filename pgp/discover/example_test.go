package discover_test

import (
	"context"
	"fmt"

	"github.com/cvdkit/cvdkit/pgp/discover"
)

// A fingerprint that was printed on paper, or read over the telephone, decides.
func Example() {
	var client discover.Client
	candidates, err := client.Lookup(context.Background(), "security@localhost")
	if err != nil {
		fmt.Println(err)
	}
	_, err = discover.Pinned(candidates, "0C6E1B7E82ED84AC615CF7A54DE7CEDDDF4AC1D8")
	fmt.Println(err)
	// Output:
	// discover: not an address that can be looked up
	// discover: the pinned key was not found
}

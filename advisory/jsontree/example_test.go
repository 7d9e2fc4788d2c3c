package jsontree_test

import (
	"errors"
	"fmt"

	"github.com/cvdkit/cvdkit/advisory/jsontree"
)

// What nobody named is kept: the order of members, digits, and unknown members.
func ExampleParse() {
	n, err := jsontree.Parse([]byte(`{"score": 9.80, "title": "Heap overflow", "x_own": {"a": 1}}`), jsontree.Limits{})
	if err != nil {
		fmt.Println(err)
		return
	}
	n.Set("title", jsontree.NewString("Heap overflow in the parser"))
	fmt.Println(n.Get("score").Literal(), n.Find("/x_own/a").Literal())
	fmt.Println(string(n.AppendJSON(nil)))
	// Output:
	// 9.80 1
	// {"score":9.80,"title":"Heap overflow in the parser","x_own":{"a":1}}
}

// A refusal names the place and quotes nothing.
func ExampleSyntaxError() {
	_, err := jsontree.Parse([]byte("{\"id\": 1,\n \"id\": 2}"), jsontree.Limits{})
	var syntax *jsontree.SyntaxError
	if errors.As(err, &syntax) {
		fmt.Println(syntax.Line, syntax.Offset, syntax.Problem)
	}
	// Output:
	// 2 11 the object has two members with one name
}

// Package cvdmodel is a second, small description of what a case accepts and
// refuses, and a test that drives a service.Service and the model side by side with
// random commands. The model was written from the tables of the Vultron
// protocol and shares no code with package cvd; it knows numbers and letters
// only, no texts, no log and no store.
//
// Package cvd runs it on the memory store, the tests of the SQL stores on a
// database.
package cvdmodel

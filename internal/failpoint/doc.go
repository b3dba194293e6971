// Package failpoint lets tests prove that they would notice if a rule of the protocol were not kept.
//
// A rule that can be switched off asks Off by its name where it is kept. In every build but that of the tests (build tag
// failpoints) the answer is a constant no, which the compiler removes together with what would follow a yes.
package failpoint

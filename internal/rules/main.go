// Command rules lists every rule that docs/rules.md claims with what shows it: scenario files that carry its number, and
// named Go tests where a rule is a property of the running system. It fails where a claimed rule has nothing to show,
// where a scenario names a rule that is not claimed, and where a named test is not in the tree.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	root := flag.String("root", ".", "the project's folder")
	flag.Parse()
	os.Exit(run(os.Stdout, os.Stderr, *root))
}

func run(out, problems io.Writer, root string) int {
	list, faults, err := survey(root)
	if err != nil {
		fmt.Fprintln(problems, "rules:", err)
		return 1
	}
	scenarios := 0
	for _, r := range list {
		fmt.Fprintf(out, "%-6s %s\n", r.number, r.title)
		if r.soFar != "" {
			fmt.Fprintf(out, "       so far: %s\n", r.soFar)
		}
		for _, s := range r.shownBy {
			fmt.Fprintf(out, "       %s\n", s)
		}
		scenarios += len(r.shownBy)
	}
	fmt.Fprintf(out, "\n%d rules, shown by scenarios and tests %d times\n", len(list), scenarios)
	for _, f := range faults {
		fmt.Fprintln(problems, "rules:", f)
	}
	if len(faults) > 0 {
		return 1
	}
	return 0
}

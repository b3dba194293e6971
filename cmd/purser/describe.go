package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"purser/topics/contract"
)

func topicsDescribeCommand() *cobra.Command {
	var machine bool
	c := &cobra.Command{
		Use:   "describe [TOPIC|TYPE]",
		Short: "Show the contract: topics, keys, headers, types and their fields",
		Long: `Shows what stands on each topic: its key, the headers of its records, the types of events, and each field with its type,
its bounds, what it means, and an example. With the name of a topic or of a type it shows only that.

With --json it prints the same for machines: the AsyncAPI 3 document, or the JSON Schema (2020-12) of one type.
No server is asked; purser topics settings shows what the broker has.`,
		Example: `  purser topics describe usage.recorded
  purser topics describe usage.recorded --json > usage.recorded.schema.json
  purser topics describe --json > asyncapi.json`,
		Args: cobra.MaximumNArgs(1),
	}
	c.Flags().BoolVar(&machine, "json", false, "the AsyncAPI 3 document, or the JSON Schema of a type")
	c.RunE = func(c *cobra.Command, args []string) error {
		name := strings.Join(args, "")
		if machine {
			return describeForMachines(c, name)
		}
		if !contract.Describe(c.OutOrStdout(), name) {
			return unknownName(name)
		}
		return nil
	}
	return c
}

func describeForMachines(c *cobra.Command, name string) error {
	text := contract.AsyncAPI()
	if name != "" {
		schema, ok := contract.Schema(name)
		if !ok {
			return fmt.Errorf("%q is no type of event that has a schema; without a name, --json prints the whole contract", name)
		}
		text = schema
	}
	_, err := c.OutOrStdout().Write(text)
	return err
}

func unknownName(name string) error {
	return fmt.Errorf("%q is neither a topic nor a type of event: expected one of %s", name, strings.Join(contract.Names(), ", "))
}

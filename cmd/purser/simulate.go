package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"purser/internal/scenario"
)

func simulateCommand() *cobra.Command {
	var o scenario.Options
	c := &cobra.Command{
		Use:   "simulate FILE…",
		Short: "Run scenario files through the rules, without any server",
		Long: `Runs scenario files through the same rules that decide events in the stream, and shows each step's entries, alerts, refusals
and balances. It ends with code 1 where something does not come out as the file expects. docs/scenarios.md describes the files.`,
		Args: cobra.MinimumNArgs(1),
	}
	c.Flags().BoolVar(&o.JSON, "json", false, "print what happened as JSON, one document for each file")
	c.Flags().BoolVar(&o.Rewrite, "rewrite", false, "write what happened into the files as what is expected: only commit what you can explain")
	c.RunE = func(c *cobra.Command, files []string) error {
		mismatches, err := scenario.Simulate(c.OutOrStdout(), files, o)
		if err != nil {
			return err
		}
		if mismatches > 0 {
			fmt.Fprintf(c.ErrOrStderr(), "purser: %d lines do not come out as expected\n", mismatches)
			return exitCode(1)
		}
		return nil
	}
	return c
}

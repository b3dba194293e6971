package main

import "github.com/spf13/cobra"

// spendingCommand is what is asked of spending accounts (R7).
func spendingCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "spending",
		Short: "Ask for spending accounts: what a user has on them, and what was done with it",
	}
	c.AddCommand(spendingListCommand(), spendingActivityCommand())
	return c
}

package main

import "github.com/spf13/cobra"

// spendingCommand is what is asked of spending accounts, and their budgets (R7).
func spendingCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "spending",
		Short: "Spending accounts: what a user has on them, what was done with it, and their budgets as CSV",
	}
	c.AddCommand(spendingListCommand(), spendingActivityCommand(), spendingExportCommand(), spendingImportCommand())
	return c
}

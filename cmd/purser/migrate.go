package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"purser/internal/access"
	"purser/internal/config"
)

func migrateCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the tables in Postgres to this version",
		Long:  "Runs the migrations that are missing, each in a transaction of its own. Running it again changes nothing.",
		Args:  cobra.NoArgs,
	}
	s := settings(c, config.SectionPostgres)
	c.RunE = func(c *cobra.Command, _ []string) error {
		store, err := openPostgres(c.Context(), s)
		if err != nil {
			return err
		}
		defer store.Close()
		ran, err := store.Migrate(c.Context())
		if err != nil {
			return err
		}
		for _, name := range ran {
			fmt.Fprintln(c.OutOrStdout(), "ran", name)
		}
		if len(ran) == 0 {
			fmt.Fprintln(c.OutOrStdout(), "nothing to do")
		}
		return nil
	}
	return needing(c, s, access.Operator)
}

package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"purser/internal/config"
	"purser/internal/timezone"
)

func configCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "config",
		Short: "Print every setting with its value and where it comes from",
		Long: `Prints every setting as the configuration file would hold it, with where its value comes from. Secrets are not printed.
"purser config > purser.yaml" is how a configuration file is begun.`,
		Args: cobra.NoArgs,
	}
	explain := c.Flags().Bool("explain", false, "print what each setting means, its default and its environment variable instead")
	s := settings(c, config.SectionKafka, config.SectionRedis, config.SectionPostgres, config.SectionEngine, config.SectionGateway, config.SectionProcess)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if !*explain {
			return s.Print(c.OutOrStdout())
		}
		for _, setting := range s.Settings() {
			fmt.Fprintf(c.OutOrStdout(), "%s (%s)\n    %s\n    default: %s\n", setting.Name, setting.Env(), setting.Help, orNothing(setting.Default()))
		}
		return nil
	}
	return c
}

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: cobra.NoArgs,
		Run: func(c *cobra.Command, _ []string) {
			fmt.Fprintf(c.OutOrStdout(), "purser %s, time zones %s\n", version, timezone.Version)
		},
	}
}

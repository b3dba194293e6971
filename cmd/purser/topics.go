package main

import (
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"purser/internal/access"
	"purser/internal/config"
	"purser/internal/provision"
)

func topicsCommand() *cobra.Command {
	c := &cobra.Command{Use: "topics", Short: "Create, check and describe the topics"}
	c.AddCommand(topicsCreateCommand(), topicsCheckCommand(), topicsSettingsCommand(), topicsDescribeCommand())
	return c
}

func topicsCreateCommand() *cobra.Command {
	var partitions int32
	var replication int16
	c := &cobra.Command{
		Use:   "create",
		Short: "Create the topics that are missing; say what is different about those that are there",
		Args:  cobra.NoArgs,
	}
	c.Flags().Int32Var(&partitions, "partitions", 16, "partitions of each topic: it cannot be changed later, because an org must keep its partition")
	c.Flags().Int16Var(&replication, "replication", -1, "copies of each partition; -1 takes the broker's default")
	s := settings(c, config.SectionKafka)
	c.RunE = func(c *cobra.Command, _ []string) error {
		a, err := admin(s)
		if err != nil {
			return err
		}
		defer a.Close()
		created, err := provision.CreateTopics(c.Context(), a, names(s), partitions, replication)
		if err != nil {
			return err
		}
		for _, t := range created.Topics {
			fmt.Fprintln(c.OutOrStdout(), "created", t)
		}
		for _, t := range created.Existing {
			fmt.Fprintln(c.OutOrStdout(), "exists ", t)
		}
		for _, d := range created.Differences {
			fmt.Fprintln(c.OutOrStdout(), "differs", d)
		}
		return nil
	}
	return needing(c, s, access.Operator)
}

func topicsCheckCommand() *cobra.Command {
	c := &cobra.Command{Use: "check", Short: "Check that the topics are as they must be", Args: cobra.NoArgs}
	s := settings(c, config.SectionKafka)
	c.RunE = func(c *cobra.Command, _ []string) error {
		a, err := admin(s)
		if err != nil {
			return err
		}
		defer a.Close()
		n, err := provision.Check(c.Context(), a, names(s), s.Kafka.Group)
		if err != nil {
			return err
		}
		fmt.Fprintf(c.OutOrStdout(), "the topics are right: %d partitions each\n", n)
		return nil
	}
	return needing(c, s, access.Operator)
}

func topicsSettingsCommand() *cobra.Command {
	c := &cobra.Command{Use: "settings", Short: "Show each topic's partitions and settings, and what is different from what it should be", Args: cobra.NoArgs}
	s := settings(c, config.SectionKafka)
	c.RunE = func(c *cobra.Command, _ []string) error {
		a, err := admin(s)
		if err != nil {
			return err
		}
		defer a.Close()
		described, err := provision.Describe(c.Context(), a, names(s))
		if err != nil {
			return err
		}
		for _, d := range described {
			if !d.Exists {
				fmt.Fprintf(c.OutOrStdout(), "%s does not exist\n", d.Topic)
				continue
			}
			fmt.Fprintf(c.OutOrStdout(), "%s: %d partitions, %d copies\n", d.Topic, d.Partitions, d.Replicas)
			for _, key := range slices.Sorted(maps.Keys(d.Config)) {
				fmt.Fprintf(c.OutOrStdout(), "    %s=%s%s\n", key, d.Config[key], wanted(d, key))
			}
		}
		return nil
	}
	return needing(c, s, access.Operator)
}

// wanted says what a setting should be, where it is not.
func wanted(d provision.Described, key string) string {
	for _, difference := range d.Differences {
		if difference.Setting != key {
			continue
		}
		if difference.Must {
			return " must be " + difference.Want
		}
		return " should be " + difference.Want
	}
	return ""
}

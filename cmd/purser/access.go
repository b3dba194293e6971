package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"purser/internal/access"
	"purser/internal/config"
)

func accessCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "access",
		Short: "Print, or grant, the least rights that each role needs in Kafka, Postgres and Redis",
		Long: `Prints what has to be done so that each role of purser may do what it needs, and no more; with --apply, does it. Nothing is
taken away from users in Kafka and Postgres that they had before. Users in Kafka and their passwords are made with kafka-configs;
docs/security.md says how, and lists every right with what it is for.

Roles: ` + roleNames() + `. Without one: all of them. A role logs in as purser-ROLE; --user says otherwise.`,
	}
	c.AddCommand(accessKafkaCommand(), accessPostgresCommand(), accessRedisCommand())
	return c
}

func roleNames() string {
	names := make([]string, len(access.Roles))
	for i, r := range access.Roles {
		names[i] = string(r)
	}
	return strings.Join(names, ", ")
}

// grant is what the three commands share: roles by name, who they log in as, and whether to do it.
type grant struct {
	users []string
	apply bool
}

func (g *grant) flags(c *cobra.Command) {
	c.Flags().StringArrayVar(&g.users, "user", nil, "ROLE=NAME: who a role logs in as, where that is not purser-ROLE; may be repeated")
	c.Flags().BoolVar(&g.apply, "apply", false, "do it, instead of printing how to")
}

func (g *grant) read(args []string) (roles []access.Role, users access.Users, err error) {
	users = access.Users{}
	for _, pair := range g.users {
		name, user, ok := strings.Cut(pair, "=")
		role, err := access.ParseRole(name)
		if err != nil || !ok || user == "" {
			return nil, nil, errors.Join(fmt.Errorf("--user is %q: it must be ROLE=NAME", pair), err)
		}
		users[role] = user
	}
	for _, arg := range args {
		role, err := access.ParseRole(arg)
		if err != nil {
			return nil, nil, err
		}
		roles = append(roles, role)
	}
	if len(roles) == 0 {
		roles = slices.Clone(access.Roles)
	}
	return roles, users, nil
}

func accessKafkaCommand() *cobra.Command {
	var g grant
	c := &cobra.Command{Use: "kafka [ROLE…]", Short: "The ACLs of the topics, the group and the transactional ids"}
	g.flags(c)
	s := settings(c, config.SectionKafka)
	s.AddFlag(c.Flags(), "gateway-group")
	c.RunE = func(c *cobra.Command, args []string) error {
		roles, users, err := g.read(args)
		if err != nil {
			return err
		}
		if !g.apply {
			for _, command := range access.KafkaCommands(installation(s), users, s.Kafka.Brokers, roles...) {
				fmt.Fprintln(c.OutOrStdout(), command)
			}
			return nil
		}
		a, err := admin(s)
		if err != nil {
			return err
		}
		defer a.Close()
		n, err := access.GrantInKafka(c.Context(), a, installation(s), users, roles...)
		if err != nil {
			return err
		}
		fmt.Fprintf(c.OutOrStdout(), "%d rights are granted\n", n)
		return nil
	}
	return needing(c, s, access.Grantor)
}

func accessPostgresCommand() *cobra.Command {
	var g grant
	c := &cobra.Command{
		Use: "postgres [ROLE…]", Short: "The users, and their privileges on the tables",
		Long: `Prints SQL, or runs it. The operator's user is made first, by an owner of the database; then the operator runs purser migrate, so that
the tables are his, and grants the others their part of them.`,
	}
	g.flags(c)
	s := settings(c, config.SectionPostgres)
	c.RunE = func(c *cobra.Command, args []string) error {
		roles, users, err := g.read(args)
		if err != nil {
			return err
		}
		if g.apply {
			return grantInPostgres(c, s, users, roles)
		}
		for _, role := range roles {
			if grants := access.GrantsInPostgres(role, users.Of(role)); len(grants) > 0 {
				fmt.Fprintf(c.OutOrStdout(), "%s;\n%s;\n", access.CreateUser(users.Of(role)), strings.Join(grants, ";\n"))
			}
		}
		return nil
	}
	return needing(c, s, access.Operator)
}

func grantInPostgres(c *cobra.Command, s *config.Config, users access.Users, roles []access.Role) error {
	store, err := openPostgres(c.Context(), s)
	if err != nil {
		return err
	}
	defer store.Close()
	var statements []string
	for _, role := range roles {
		grants := access.GrantsInPostgres(role, users.Of(role))
		if len(grants) == 0 {
			continue
		}
		exists, err := store.UserExists(c.Context(), users.Of(role))
		if err != nil {
			return err
		}
		if create := access.CreateUser(users.Of(role)); !exists && !slices.Contains(statements, create) {
			statements = append(statements, create)
		}
		statements = append(statements, grants...)
	}
	if err := store.Execute(c.Context(), statements); err != nil {
		return err
	}
	for _, statement := range statements {
		fmt.Fprintln(c.OutOrStdout(), statement)
	}
	return nil
}

func accessRedisCommand() *cobra.Command {
	var g grant
	c := &cobra.Command{
		Use: "redis [ROLE…]", Short: "The users, and their rules",
		Long: `Prints the commands that give each user his rules, and takes away what he had beyond them, or sends them to Redis. Passwords stay as
they are: ACL SETUSER NAME >PASSWORD gives one, in redis-cli or the file of users.`,
	}
	g.flags(c)
	s := settings(c, config.SectionRedis)
	s.AddFlag(c.Flags(), "topic-prefix")
	c.RunE = func(c *cobra.Command, args []string) error {
		roles, users, err := g.read(args)
		if err != nil {
			return err
		}
		for _, role := range roles {
			rules, ok := access.Redis(installation(s), role)
			if !ok {
				continue
			}
			if g.apply {
				if err := setRedisUser(c.Context(), s, users.Of(role), rules); err != nil {
					return err
				}
			}
			fmt.Fprintln(c.OutOrStdout(), access.RedisCommand(users.Of(role), rules))
		}
		return nil
	}
	return c
}

func setRedisUser(ctx context.Context, s *config.Config, user string, rules []string) error {
	cache, err := openRedis(s)
	if err != nil {
		return err
	}
	if cache == nil {
		return errors.New("setting cache is false, so that Redis is not used: there is nobody to give rules to")
	}
	defer cache.Close()
	if err := cache.SetUser(ctx, user, rules); err != nil {
		return fmt.Errorf("give user %s of Redis his rules: %w", user, err)
	}
	return nil
}

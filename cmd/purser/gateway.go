package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kgo"
	"golang.org/x/sync/errgroup"

	"purser/internal/access"
	"purser/internal/config"
	"purser/internal/gateway"
	"purser/internal/telemetry"
)

func gatewayCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "gateway",
		Short: "Answer recharge attempts as a payment gateway would, for development: no money moves",
		Long: `Reads recharge-attempt and answers on payment-result until it is interrupted. It is for development and tests: whoever runs it on an
installation gives credit away, because what it says has been paid is credited.

What it answers depends on the token of the payment method alone:

` + tokenList() + `
Any other token is declined (unknown_payment_method), and is not repeated anywhere.

It keeps nothing of its own. The results of an attempt follow from the attempt, and have the same identity each time: attempts that are
read again are answered again, and change nothing. N is counted by the attempt's own number within its recharge. A late answer comes
gateway-late after its attempt was written to the topic; one that is open when the gateway stops is given by its next start, at once
where its time has passed. Several gateways share the attempts. docs/connect-a-gateway.md says how a real one is connected instead.`,
		Args: cobra.NoArgs,
	}
	s := settings(c, config.SectionKafka, config.SectionGateway, config.SectionProcess)
	c.RunE = func(c *cobra.Command, _ []string) error { return runGateway(c.Context(), s) }
	return needing(c, s, access.Gateway)
}

// tokenList is the list of tokens for people, one a line.
func tokenList() string {
	var b strings.Builder
	for _, t := range gateway.Tokens {
		fmt.Fprintf(&b, "  %-26s %s\n", t.Name, t.Does)
	}
	return b.String()
}

func runGateway(ctx context.Context, s *config.Config) error {
	log, err := telemetry.Logger(os.Stderr, s.Process.LogLevel, s.Process.LogFormat)
	if err != nil {
		return err
	}
	opts, err := s.KafkaOpts()
	if err != nil {
		return err
	}
	registry, health := telemetry.NewRegistry(version), telemetry.NewHealth()
	g, ctx := errgroup.WithContext(ctx)
	if s.Process.HTTPListen != "" {
		handler := telemetry.Handler(registry, health, s.Process.PProf)
		g.Go(func() error {
			return telemetry.Serve(ctx, s.Process.HTTPListen, handler, log, func(a net.Addr) { log.Info("HTTP", "address", a.String()) })
		})
	}
	g.Go(func() error {
		return gateway.Run(ctx, gateway.Config{
			Client: append(opts, kgo.WithHooks(telemetry.NewKafka(registry))), Names: names(s), Group: s.Gateway.Group,
			Late: s.Gateway.Late, Rate: s.Gateway.Rate, Log: log, Metrics: gateway.NewMetrics(registry),
		})
	})
	return g.Wait()
}

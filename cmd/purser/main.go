// Command purser keeps prepaid and credit balances right, in real time, from Kafka events.
//
// This package is wiring only: it reads the configuration, makes the parts and hands them to the packages that do the work.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// version is set when a release is built: -ldflags "-X main.version=…".
var version = "development"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := root().ExecuteContext(ctx)
	stop()
	if err == nil {
		return
	}
	var code exitCode
	if errors.As(err, &code) {
		os.Exit(int(code))
	}
	fmt.Fprintln(os.Stderr, "purser:", err)
	os.Exit(2)
}

// exitCode ends the program with a code where the command has printed all that there is to say.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

func root() *cobra.Command {
	c := &cobra.Command{
		Use:   "purser",
		Short: "Keeps prepaid and credit balances right, in real time, from Kafka events",
		Long: `purser keeps prepaid and credit balances right, in real time, from Kafka events.

Every setting is a flag, an environment variable and a key of the configuration file by the same name:
--kafka-brokers, PURSER_KAFKA_BROKERS, kafka-brokers. Flags win over the environment, the environment over the file.`,
		Version:       version,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	c.AddCommand(
		runCommand(), devCommand(), demoCommand(), topicsCommand(), migrateCommand(), restoreCommand(), tickCommand(), gatewayCommand(), rollupCommand(), loadCommand(), verifyCommand(), simulateCommand(),
		balanceCommand(), ledgerCommand(), statementCommand(), spendingCommand(), periodCommand(), applyCommand(), getCommand(), describeCommand(), exportCommand(), dlqCommand(), partitionsCommand(), accessCommand(), configCommand(), versionCommand(),
	)
	return c
}

package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/access"
	"purser/internal/committed"
	"purser/internal/config"
	"purser/internal/ledgerfile"
	"purser/internal/verify"
	"purser/state"
	"purser/state/postgres"
	"purser/topics"
)

func exportCommand() *cobra.Command {
	var from, out string
	c := &cobra.Command{
		Use:   "export",
		Short: "Write the whole ledger as JSON lines, for auditors",
		Long: `Writes every ledger record, partition by partition, each with its mark and link, so that "purser verify --chain --export FILE" can follow
the chain without any server. --from kafka reads the topic itself, which goes back as far as it is kept.`,
		Args: cobra.NoArgs,
	}
	c.Flags().StringVar(&from, "from", "postgres", "postgres or kafka")
	c.Flags().StringVarP(&out, "out", "o", "-", "file to write to; - is standard output")
	s := settings(c, config.SectionKafka, config.SectionPostgres)
	c.RunE = func(c *cobra.Command, _ []string) error {
		read := exportRows
		switch from {
		case "postgres":
		case "kafka":
			read = exportTopic
		default:
			return fmt.Errorf("--from is %q: it must be postgres or kafka", from)
		}
		if out == "-" {
			return export(c.OutOrStdout(), func(f func(ledgerfile.Entry) error) error { return read(c.Context(), s, f) })
		}
		file, err := os.Create(out)
		if err != nil {
			return err
		}
		err = export(file, func(f func(ledgerfile.Entry) error) error { return read(c.Context(), s, f) })
		if closed := file.Close(); err == nil {
			err = closed
		}
		return err
	}
	return needing(c, s, access.Auditor)
}

func export(w io.Writer, read func(func(ledgerfile.Entry) error) error) error {
	file := ledgerfile.NewWriter(w)
	if err := read(file.Write); err != nil {
		return err
	}
	return file.Close()
}

func exportRows(ctx context.Context, s *config.Config, f func(ledgerfile.Entry) error) error {
	store, err := openPostgres(ctx, s)
	if err != nil {
		return err
	}
	defer store.Close()
	return eachRow(ctx, store, func(p int32, r state.LedgerRow) error {
		return f(ledgerfile.Entry{Partition: p, Entry: r.Entry, Org: r.Org, Mark: r.Mark, Body: string(r.Body)})
	})
}

// eachRow calls f with the rows of the ledger, partition by partition.
func eachRow(ctx context.Context, store *postgres.Checkpoint, f func(int32, state.LedgerRow) error) error {
	partitions, err := store.Partitions(ctx)
	if err != nil {
		return err
	}
	for _, p := range partitions {
		err := store.LedgerRows(ctx, p, 1, func(r state.LedgerRow) (bool, error) { return true, f(p, r) })
		if err != nil {
			return err
		}
	}
	return nil
}

func exportTopic(ctx context.Context, s *config.Config, f func(ledgerfile.Entry) error) error {
	opts, err := s.KafkaOpts()
	if err != nil {
		return err
	}
	client, err := kgo.NewClient(opts...)
	if err != nil {
		return err
	}
	defer client.Close()
	reader, ledger := committed.NewReader(client), names(s).Of(topics.Ledger)
	spans, err := reader.Spans(ctx, ledger)
	if err != nil {
		return err
	}
	for p, span := range spans[ledger] {
		err := reader.Read(ctx, ledger, int32(p), span, func(rec *kgo.Record) error {
			if topics.IsOwnership(rec) {
				return nil
			}
			mark, err := topics.MarkOf(rec)
			if err != nil {
				return fmt.Errorf("%s/%d/%d: %w", ledger, p, rec.Offset, err)
			}
			return f(ledgerfile.Entry{
				Partition: int32(p), Entry: mark.Entry, Org: string(rec.Key), Mark: topics.Header(rec, topics.HeaderMark), Body: string(rec.Value),
			})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// verifyChain follows the links of an export, or of the rows in Postgres, and nothing else.
func verifyChain(ctx context.Context, s *config.Config, file string, w io.Writer) error {
	chains := verify.NewChains()
	read := func() error { return chainOfRows(ctx, s, chains) }
	if file != "" {
		read = func() error { return chainOfFile(file, chains) }
	}
	if err := read(); err != nil {
		return err
	}
	differences, err := chains.Write(w)
	if err == nil && differences > 0 {
		return exitCode(1)
	}
	return err
}

func chainOfFile(file string, chains *verify.Chains) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	err = ledgerfile.Read(f, func(e ledgerfile.Entry) error {
		chains.Take(e.Partition, e.Entry, []byte(e.Org), []byte(e.Body), e.Mark)
		return nil
	})
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

func chainOfRows(ctx context.Context, s *config.Config, chains *verify.Chains) error {
	if s.Postgres.URL == "" {
		return fmt.Errorf("--chain follows the ledger in Postgres, and postgres-url is empty: set it, or give --export FILE")
	}
	store, err := openPostgres(ctx, s)
	if err != nil {
		return err
	}
	defer store.Close()
	partitions, err := store.Partitions(ctx)
	if err != nil {
		return err
	}
	positions, err := store.Positions(ctx, partitions) // before the rows: what comes meanwhile is more, never less
	if err != nil {
		return err
	}
	for _, p := range partitions {
		last := positions[p].Entry
		err := store.LedgerRows(ctx, p, 1, func(r state.LedgerRow) (bool, error) {
			if r.Entry > last {
				return false, nil
			}
			chains.Take(p, r.Entry, []byte(r.Org), r.Body, r.Mark)
			return true, nil
		})
		if err != nil {
			return err
		}
		chains.Reaches(p, last)
	}
	return nil
}

package access

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"purser/state/postgres"
)

// Denied says which rights some roles lack. It is an error for people: one sentence, with the way to mend it.
type Denied struct {
	User   string // who logged in
	Roles  []Role
	Server string // kafka or postgres, as purser access calls it
	Lacks  []string
}

func (d *Denied) Error() string {
	names := make([]string, len(d.Roles))
	for i, r := range d.Roles {
		names[i] = string(r)
	}
	need, right := "role "+names[0]+" needs", "a right"
	if len(names) > 1 {
		need = "roles " + strings.Join(names, ", ") + " need"
	}
	if len(d.Lacks) > 1 {
		right = "rights"
	}
	return fmt.Sprintf("%s lacks %s in %s that %s: %s (purser access %s %s prints how to grant)", d.User, right, titles[d.Server], need,
		strings.Join(d.Lacks, ", "), d.Server, strings.Join(names, " "))
}

var titles = map[string]string{"kafka": "Kafka", "postgres": "Postgres"}

// Check says nil where whoever the client logs in as may do all that some roles need, and Denied where he may not. User is how
// to call him.
func Check(ctx context.Context, client *kgo.Client, user string, i Installation, roles ...Role) error {
	missing, err := Missing(ctx, client, i, roles...)
	if err != nil || len(missing) == 0 {
		return err
	}
	d := &Denied{User: user, Roles: roles, Server: "kafka"}
	for _, r := range missing {
		d.Lacks = append(d.Lacks, r.String())
	}
	return d
}

// CheckPostgres is Check for Postgres.
func CheckPostgres(ctx context.Context, store *postgres.Checkpoint, roles ...Role) error {
	lacked, user, err := store.Lacks(ctx, Postgres(roles...))
	if err != nil || len(lacked) == 0 {
		return err
	}
	d := &Denied{User: "user " + user, Roles: roles, Server: "postgres"}
	for _, p := range lacked {
		d.Lacks = append(d.Lacks, p.String())
	}
	return d
}

// ExplainPostgres is Explain for Postgres.
func ExplainPostgres(ctx context.Context, err error, store *postgres.Checkpoint, roles ...Role) error {
	var denied *Denied
	if !postgres.Refused(err) || errors.As(err, &denied) {
		return err
	}
	why := CheckPostgres(ctx, store, roles...)
	if errors.As(why, &denied) {
		return fmt.Errorf("%w: %w", denied, err)
	}
	if _, user, whoErr := store.Lacks(ctx, nil); whoErr == nil {
		return fmt.Errorf("Postgres refuses user %s what role %s needs: %w", user, roles[0], err)
	}
	return err
}

// Explain asks the brokers what is behind an error that is a refusal, and names the right that is missing and who lacks it.
// An error that is none comes back as it is, and so does one that cannot be explained.
func Explain(ctx context.Context, err error, client *kgo.Client, user string, i Installation, roles ...Role) error {
	var denied *Denied
	if !Refused(err) || errors.As(err, &denied) {
		return err
	}
	why := Check(ctx, client, user, i, roles...)
	if errors.As(why, &denied) {
		return fmt.Errorf("%w: %w", denied, err)
	}
	return fmt.Errorf("Kafka refuses %s what role %s needs: %w", user, roles[0], err)
}

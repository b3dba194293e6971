package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"purser/internal/config"
)

// load is what a command does: flags, then Load with an environment and perhaps a file.
func load(t *testing.T, args []string, env map[string]string, file string) (*config.Config, error) {
	t.Helper()
	c := config.New()
	flags := pflag.NewFlagSet("purser", pflag.ContinueOnError)
	c.AddFlags(flags, config.SectionKafka, config.SectionRedis, config.SectionPostgres, config.SectionEngine, config.SectionGateway, config.SectionProcess)
	if file != "" {
		args = append(args, "--config", write(t, "purser.yaml", file))
	}
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	return c, c.Load(func(name string) (string, bool) { v, ok := env[name]; return v, ok })
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDefaultsAreValid(t *testing.T) {
	c, err := load(t, nil, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	if c.Engine.Workers != 2 || c.Engine.BatchInterval != 50*time.Millisecond || c.Engine.DuplicateWindow != 7*24*time.Hour {
		t.Errorf("defaults are %+v", c.Engine)
	}
}

// TestEverySettingEverywhere: each one can be given in the file and the environment, and as a flag unless it is a secret.
func TestEverySettingEverywhere(t *testing.T) {
	c := config.New()
	flags := pflag.NewFlagSet("purser", pflag.ContinueOnError)
	c.AddFlags(flags, config.SectionKafka, config.SectionRedis, config.SectionPostgres, config.SectionEngine, config.SectionGateway, config.SectionProcess)
	for _, s := range c.Settings() {
		if has := flags.Lookup(s.Name) != nil; has == s.Secret {
			t.Errorf("setting %s: flag is %v, secret is %v", s.Name, has, s.Secret)
		}
		if !s.Secret && !strings.Contains(flags.Lookup(s.Name).Usage, s.Env()) {
			t.Errorf("the help of --%s does not name %s", s.Name, s.Env())
		}
		if s.Help == "" {
			t.Errorf("setting %s has no help", s.Name)
		}
		if strings.Contains(s.Name, "password") && !strings.HasSuffix(s.Name, "-file") && !s.Secret {
			t.Errorf("setting %s is no secret", s.Name)
		}
	}
}

func TestPrecedence(t *testing.T) {
	file := "workers: 3\nbatch-max: 3000\nslice-max: 30\n"
	env := map[string]string{"PURSER_WORKERS": "4", "PURSER_BATCH_MAX": "4000"}
	c, err := load(t, []string{"--workers=5"}, env, file)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"workers": "flag", "batch-max": "PURSER_BATCH_MAX", "group": "default"} {
		if got := c.Lookup(name).Source; got != want {
			t.Errorf("%s comes from %s, want %s", name, got, want)
		}
	}
	if c.Engine.Workers != 5 || c.Engine.BatchMax != 4000 || c.Engine.SliceMax != 30 {
		t.Errorf("workers %d, batch-max %d, slice-max %d", c.Engine.Workers, c.Engine.BatchMax, c.Engine.SliceMax)
	}
}

func TestListsAndDurations(t *testing.T) {
	c, err := load(t, nil, map[string]string{"PURSER_ROLES": "tick, checkpoint"},
		"kafka-brokers: [a:1, b:2]\nduplicate-window: 72h\nkafka-tls: true\n")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Join(c.Kafka.Brokers, " ") != "a:1 b:2" || strings.Join(c.Engine.Roles, " ") != "tick checkpoint" {
		t.Errorf("brokers %q, roles %q", c.Kafka.Brokers, c.Engine.Roles)
	}
	if c.Engine.DuplicateWindow != 72*time.Hour || !c.Kafka.TLS {
		t.Errorf("window %v, TLS %v", c.Engine.DuplicateWindow, c.Kafka.TLS)
	}
}

// TestOneClearSentence: every complaint names the setting and what to do.
func TestOneClearSentence(t *testing.T) {
	password := write(t, "password", "hunter2\n")
	for name, test := range map[string]struct {
		args []string
		env  map[string]string
		file string
		says []string
	}{
		"unknown key":          {file: "kafka-broker: x:1", says: []string{`no setting "kafka-broker"`, "did you mean kafka-brokers?"}},
		"underscores":          {file: "batch_max: 1", says: []string{"did you mean batch-max?"}},
		"far off":              {file: "colour: red", says: []string{`no setting "colour"`, "purser config"}},
		"nested":               {file: "group:\n  name: x", says: []string{"setting group", "not nested"}},
		"twice":                {file: "workers: 1\nworkers: 2", says: []string{"workers"}},
		"no YAML":              {file: "workers: [1", says: []string{"not YAML"}},
		"no number":            {file: "workers: many", says: []string{"setting workers", "many is no whole number"}},
		"no duration":          {env: map[string]string{"PURSER_BATCH_INTERVAL": "50"}, says: []string{"setting batch-interval (from PURSER_BATCH_INTERVAL)", "duration such as 50ms"}},
		"window":               {args: []string{"--duplicate-window=24h"}, says: []string{"duplicate-window is 24h0m0s (from flag)", "48h"}},
		"no workers":           {args: []string{"--workers=0"}, says: []string{"setting workers is 0", "at least 1"}},
		"role":                 {args: []string{"--roles=processor"}, says: []string{"setting roles", "process, checkpoint, tick"}},
		"broker":               {args: []string{"--kafka-brokers=localhost"}, says: []string{"setting kafka-brokers", "host:port"}},
		"timeouts":             {args: []string{"--transaction-timeout=5s"}, says: []string{"transaction-timeout", "at least session-timeout, which is 6s"}},
		"mechanism":            {args: []string{"--kafka-sasl-mechanism=md5"}, says: []string{"kafka-sasl-mechanism is md5", "scram-sha-512"}},
		"no user":              {args: []string{"--kafka-sasl-mechanism=plain"}, says: []string{"kafka-sasl-user"}},
		"no password":          {args: []string{"--kafka-sasl-mechanism=plain", "--kafka-sasl-user=u"}, says: []string{"PURSER_KAFKA_SASL_PASSWORD", "kafka-sasl-password-file"}},
		"user, no mechanism":   {args: []string{"--kafka-sasl-user=u"}, says: []string{"kafka-sasl-mechanism"}},
		"password twice":       {args: []string{"--redis-password-file=" + password}, env: map[string]string{"PURSER_REDIS_PASSWORD": "a"}, says: []string{"redis-password", "redis-password-file", "leave one out"}},
		"no password file":     {args: []string{"--redis-password-file=/nowhere"}, says: []string{"setting redis-password-file", "/nowhere"}},
		"certificates, no TLS": {args: []string{"--redis-tls-ca-file=x"}, says: []string{"redis-tls", "true"}},
		"key without cert":     {args: []string{"--kafka-tls", "--kafka-tls-key-file=x"}, says: []string{"kafka-tls-cert-file"}},
		"postgres":             {args: []string{"--postgres-url=mysql://x/y"}, says: []string{"postgres-url", "postgres://user@host:port/database"}},
		"password on a flag":   {args: []string{"--postgres-url=postgres://u:hunter2@h/d"}, says: []string{"postgres-url", "command line", "PURSER_POSTGRES_PASSWORD"}},
		"password parameter":   {args: []string{"--postgres-url=postgres://u@h/d?password=hunter2"}, says: []string{"command line"}},
		"two passwords":        {env: map[string]string{"PURSER_POSTGRES_URL": "postgres://u:hunter2@h/d", "PURSER_POSTGRES_PASSWORD": "x"}, says: []string{"leave one out"}},
		"pprof":                {args: []string{"--pprof"}, says: []string{"http-listen", "pprof"}},
		"one group for both":   {args: []string{"--gateway-group=purser"}, says: []string{"gateway-group", "other than that of the processors"}},
		"late":                 {args: []string{"--gateway-late=0s"}, says: []string{"gateway-late is 0s", "between 1ms"}},
		"rate":                 {args: []string{"--gateway-rate=-1"}, says: []string{"gateway-rate is -1", "at least 0"}},
		"prefix":               {args: []string{"--topic-prefix=a/b"}, says: []string{"topic-prefix"}},
		"log level":            {args: []string{"--log-level=loud"}, says: []string{"log-level is loud", "debug, info, warn, error"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(t, test.args, test.env, test.file)
			if err == nil {
				t.Fatal("it was accepted")
			}
			for _, s := range test.says {
				if !strings.Contains(err.Error(), s) {
					t.Errorf("%q does not say %q", err, s)
				}
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the complaint tells the secret: %v", err)
			}
		})
	}
}

func TestAMissingFileIsAnError(t *testing.T) {
	c := config.New()
	err := c.Load(func(name string) (string, bool) { return "/nowhere.yaml", name == "PURSER_CONFIG" })
	if err == nil || !strings.Contains(err.Error(), "PURSER_CONFIG") {
		t.Errorf("got %v", err)
	}
}

func TestSecretsAreReadAndNotShown(t *testing.T) {
	env := map[string]string{
		"PURSER_KAFKA_SASL_PASSWORD": "hunter1",
		"PURSER_POSTGRES_URL":        "postgres://u:hunter2@h/d?sslmode=disable",
	}
	c, err := load(t, []string{"--kafka-sasl-mechanism=plain", "--kafka-sasl-user=u"}, env,
		"redis-password-file: "+write(t, "redis", "hunter3\n"))
	if err != nil {
		t.Fatal(err)
	}
	if c.Kafka.Password != "hunter1" || c.Redis.Password != "hunter3" {
		t.Errorf("passwords are %q and %q", c.Kafka.Password, c.Redis.Password)
	}
	var out strings.Builder
	if err := c.Print(&out); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "hunter") {
		t.Errorf("a secret is printed:\n%s", out.String())
	}
	for _, line := range []string{`kafka-sasl-password: "***"`, "postgres://u:xxxxx@h/d?sslmode=disable"} {
		if !strings.Contains(out.String(), line) {
			t.Errorf("%q is not printed:\n%s", line, out.String())
		}
	}
}

// TestWhatIsPrintedCanBeRead: purser config > file is how a file is begun.
func TestWhatIsPrintedCanBeRead(t *testing.T) {
	c, err := load(t, []string{"--workers=7", "--kafka-brokers=a:1,b:2", "--topic-prefix=eu."}, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := c.Print(&out); err != nil {
		t.Fatal(err)
	}
	again, err := load(t, nil, nil, out.String())
	if err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for _, s := range c.Settings() {
		if got := again.Lookup(s.Name).Value(); got != s.Value() {
			t.Errorf("%s was %q and came back as %q", s.Name, s.Value(), got)
		}
	}
}

func TestPostgresPasswordGoesIntoTheURL(t *testing.T) {
	c, err := load(t, []string{"--postgres-url=postgres://u@h:5432/d?sslmode=verify-full"}, map[string]string{"PURSER_POSTGRES_PASSWORD": "p@ss/word"}, "")
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.PostgresURL()
	if want := "postgres://u:p%40ss%2Fword@h:5432/d?sslmode=verify-full"; err != nil || got != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

// Package config is every setting, read once.
//
// A setting has one name, which is its flag (--kafka-brokers), its environment variable (PURSER_KAFKA_BROKERS) and its
// key in the configuration file (kafka-brokers). The flag wins over the environment, the environment over the file, the
// file over the default. Secrets have no flag: a command line is visible to every user of the machine.
package config

import (
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// Config is all settings, with their values once it is loaded.
type Config struct {
	Kafka    Kafka
	Redis    Redis
	Postgres Postgres
	Engine   Engine
	Gateway  Gateway
	Process  Process

	file     string // --config
	settings []*Setting
}

// Kafka is how to reach the brokers, and which topics and group are ours.
type Kafka struct {
	Brokers      []string
	TLS          bool
	CAFile       string
	CertFile     string
	KeyFile      string
	Mechanism    string
	User         string
	Password     string
	PasswordFile string
	Compression  string
	TopicPrefix  string
	Group        string
}

// Redis is how to reach the cache.
type Redis struct {
	Cache        bool
	Addr         string
	User         string
	Password     string
	PasswordFile string
	DB           int
	TLS          bool
	CAFile       string
	CertFile     string
	KeyFile      string
}

// Postgres is how to reach the checkpoint.
type Postgres struct {
	URL          string
	Password     string
	PasswordFile string
	Connections  int
}

// Engine is how the work is cut up, and its bounds.
type Engine struct {
	Roles                   []string
	Workers                 int
	BatchMax                int
	BatchInterval           time.Duration
	SessionTimeout          time.Duration
	RebalanceTimeout        time.Duration
	TransactionTimeout      time.Duration
	DuplicateWindow         time.Duration
	SliceMax                int
	PinnedCells             int
	CacheCells              int
	CacheMiB                int
	HeldEvents              int
	PositionInterval        time.Duration
	CheckpointInterval      time.Duration
	CheckpointCellsInterval time.Duration
	CheckpointRows          int
	CheckpointCells         int
	TickInterval            time.Duration
	MaxTickAhead            time.Duration
	ChangelogVersion        int
}

// Gateway is how the payment gateway for development answers.
type Gateway struct {
	Group string
	Late  time.Duration
	Rate  int
}

// Process is what the process shows of itself.
type Process struct {
	HTTPListen string
	PProf      bool
	LogLevel   string
	LogFormat  string
}

// Section is a part of the settings; a command takes the flags of those that it needs.
type Section string

// The sections, in the order in which they are printed.
const (
	SectionKafka    Section = "kafka"
	SectionRedis    Section = "redis"
	SectionPostgres Section = "postgres"
	SectionEngine   Section = "engine"
	SectionGateway  Section = "gateway"
	SectionProcess  Section = "process"
)

// Setting is one of them.
type Setting struct {
	Name    string
	Section Section
	Help    string
	Secret  bool   // has no flag and is printed as ***
	Source  string // where the value came from, once it is loaded
	flag    *pflag.Flag
}

// Env is the name of its environment variable.
func (s *Setting) Env() string {
	return "PURSER_" + strings.ToUpper(strings.ReplaceAll(s.Name, "-", "_"))
}

// Value is its value as it would be written in the file.
func (s *Setting) Value() string { return s.plain(s.flag.Value.String()) }

// Default is its value where nothing is given.
func (s *Setting) Default() string { return s.plain(s.flag.DefValue) }

// plain takes the brackets off that pflag prints around a list.
func (s *Setting) plain(text string) string {
	if s.flag.Value.Type() == "stringSlice" {
		return strings.Trim(text, "[]")
	}
	return text
}

// SetDefault gives a command another default. It panics where the value is none: that is a mistake in the command.
func (s *Setting) SetDefault(value string) {
	if err := s.flag.Value.Set(value); err != nil {
		panic(err)
	}
	s.flag.DefValue = value
}

// New returns the settings with their defaults.
func New() *Config {
	c := &Config{}
	c.kafkaSettings()
	c.redisSettings()
	c.postgresSettings()
	c.engineSettings()
	c.gatewaySettings()
	c.processSettings()
	return c
}

// AddFlags gives a command the flags of the sections that it needs, and --config.
func (c *Config) AddFlags(to *pflag.FlagSet, sections ...Section) {
	to.StringVar(&c.file, "config", "", "file with settings, as YAML (environment: PURSER_CONFIG)")
	for _, s := range c.settings {
		if s.Secret {
			continue
		}
		for _, section := range sections {
			if s.Section == section {
				to.AddFlag(s.flag)
			}
		}
	}
}

// AddFlag gives a command the flags of some settings alone.
func (c *Config) AddFlag(to *pflag.FlagSet, names ...string) {
	for _, name := range names {
		to.AddFlag(c.Lookup(name).flag)
	}
}

// Settings returns all settings in the order in which they are printed.
func (c *Config) Settings() []*Setting { return c.settings }

// Lookup returns a setting by name, or nil.
func (c *Config) Lookup(name string) *Setting {
	for _, s := range c.settings {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// adder registers the settings of one section.
type adder struct {
	c       *Config
	section Section
	flags   *pflag.FlagSet
}

func (c *Config) section(s Section) adder {
	return adder{c, s, pflag.NewFlagSet(string(s), pflag.ContinueOnError)}
}

func (a adder) add(name, help string) *Setting {
	s := &Setting{Name: name, Section: a.section, Help: help, flag: a.flags.Lookup(name)}
	s.flag.Usage = help + " (" + s.Env() + ")"
	a.c.settings = append(a.c.settings, s)
	return s
}

func (a adder) text(p *string, name, def, help string) {
	a.flags.StringVar(p, name, def, "")
	a.add(name, help)
}

func (a adder) secret(p *string, name, help string) {
	a.flags.StringVar(p, name, "", "")
	a.add(name, help).Secret = true
}

func (a adder) list(p *[]string, name string, def []string, help string) {
	a.flags.StringSliceVar(p, name, def, "")
	a.add(name, help)
}

func (a adder) number(p *int, name string, def int, help string) {
	a.flags.IntVar(p, name, def, "")
	a.add(name, help)
}

func (a adder) toggle(p *bool, name string, def bool, help string) {
	a.flags.BoolVar(p, name, def, "")
	a.add(name, help)
}

func (a adder) duration(p *time.Duration, name string, def time.Duration, help string) {
	a.flags.DurationVar(p, name, def, "")
	a.add(name, help)
}

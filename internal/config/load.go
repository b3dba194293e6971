package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/goccy/go-yaml"

	"purser/internal/spelling"
)

// Load fills in what no flag has set, from the environment and the file, and validates the whole. Call it after the
// flags are parsed. It reads the files that hold secrets.
func (c *Config) Load(environ func(string) (string, bool)) error {
	for _, s := range c.settings {
		s.Source = "default"
		if s.flag.Changed {
			s.Source = "flag"
		}
	}
	if err := c.flagsHoldNoSecret(); err != nil {
		return err
	}
	if err := c.fromEnvironment(environ); err != nil {
		return err
	}
	if c.file == "" {
		c.file, _ = environ("PURSER_CONFIG")
	}
	if c.file != "" {
		if err := c.fromFile(c.file); err != nil {
			return err
		}
	}
	if err := c.readSecrets(); err != nil {
		return err
	}
	return c.Validate()
}

func (c *Config) flagsHoldNoSecret() error {
	if s := c.Lookup("postgres-url"); s.flag.Changed && hasPassword(c.Postgres.URL) {
		return errors.New("setting postgres-url holds a password on the command line, where every user of the machine can read it: " +
			"leave it out there and give it in PURSER_POSTGRES_PASSWORD or in the file that postgres-password-file names")
	}
	return nil
}

func (c *Config) fromEnvironment(environ func(string) (string, bool)) error {
	for _, s := range c.settings {
		value, ok := environ(s.Env())
		if !ok || s.Source == "flag" {
			continue
		}
		if err := s.set(value, s.Env()); err != nil {
			return err
		}
	}
	return nil
}

func (c *Config) fromFile(name string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("read the configuration file (--config or PURSER_CONFIG): %w", err)
	}
	var items yaml.MapSlice
	if err := yaml.Unmarshal(text, &items); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("configuration file %s is not YAML that can be read: %s", name, yaml.FormatError(err, false, false))
	}
	for _, item := range items {
		key := fmt.Sprint(item.Key)
		s := c.Lookup(key)
		if s == nil {
			return fmt.Errorf("configuration file %s: there is no setting %q%s", name, key, c.suggestion(key))
		}
		value, err := scalar(item.Value)
		if err != nil {
			return fmt.Errorf("configuration file %s: setting %s %w", name, key, err)
		}
		if s.Source == "default" {
			if err := s.set(value, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// scalar turns a value of the file into what the environment would hold.
func scalar(v any) (string, error) {
	switch v := v.(type) {
	case nil:
		return "", nil
	case []any:
		parts := make([]string, len(v))
		for i, element := range v {
			part, err := scalar(element)
			if err != nil {
				return "", err
			}
			parts[i] = part
		}
		return strings.Join(parts, ","), nil
	case string, bool, int, int64, uint64, float64:
		return fmt.Sprint(v), nil
	}
	return "", errors.New("must be a value or a list of values, not a mapping: settings are not nested")
}

func (s *Setting) set(value, source string) error {
	if list, ok := s.flag.Value.(interface{ Replace([]string) error }); ok {
		var parts []string
		for part := range strings.SplitSeq(value, ",") {
			if part = strings.TrimSpace(part); part != "" {
				parts = append(parts, part)
			}
		}
		s.Source = source
		return list.Replace(parts)
	}
	if err := s.flag.Value.Set(value); err != nil {
		return fmt.Errorf("setting %s (from %s): %s is no %s", s.Name, source, s.shown(value), kindOf(s.flag.Value.Type()))
	}
	s.Source = source
	return nil
}

func kindOf(flagType string) string {
	switch flagType {
	case "int":
		return "whole number"
	case "bool":
		return "true or false"
	case "duration":
		return "duration such as 50ms, 10s or 168h"
	}
	return flagType
}

// readSecrets reads each X-file into X.
func (c *Config) readSecrets() error {
	for _, s := range c.settings {
		if !s.Secret {
			continue
		}
		file := c.Lookup(s.Name + "-file")
		name := file.Value()
		if name == "" {
			continue
		}
		if s.Source != "default" {
			return fmt.Errorf("settings %s (from %s) and %s (from %s) are both given: leave one out", s.Name, s.Source, file.Name, file.Source)
		}
		secret, err := os.ReadFile(name)
		if err != nil {
			return fmt.Errorf("setting %s: %w", file.Name, err)
		}
		if err := s.set(strings.TrimRight(string(secret), "\r\n"), name); err != nil {
			return err
		}
	}
	return nil
}

// suggestion is the setting that a misspelt name is nearest to.
func (c *Config) suggestion(name string) string {
	names := make([]string, len(c.settings))
	for i, s := range c.settings {
		names[i] = s.Name
	}
	nearest := spelling.Nearest(strings.ToLower(strings.ReplaceAll(name, "_", "-")), names)
	if nearest == "" {
		return "; purser config lists all of them"
	}
	return fmt.Sprintf("; did you mean %s?", nearest)
}

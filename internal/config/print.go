package config

import (
	"fmt"
	"io"
	"strings"
)

// Print writes every setting as the file would hold it, with where it came from. Secrets are printed as ***.
func (c *Config) Print(w io.Writer) error {
	width := 0
	for _, s := range c.settings {
		width = max(width, len(s.Name)+len(s.shown(s.Value())))
	}
	var b strings.Builder
	var section Section
	for _, s := range c.settings {
		if s.Section != section {
			if section != "" {
				b.WriteByte('\n')
			}
			section = s.Section
		}
		fmt.Fprintf(&b, "%s: %-*s  # %s\n", s.Name, width-len(s.Name), s.shown(s.Value()), s.Source)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// shown is a value as it may be seen.
func (s *Setting) shown(value string) string {
	switch {
	case s.Secret && value != "":
		return `"***"`
	case s.Name == "postgres-url":
		return redactURL(value)
	case value == "" || strings.ContainsAny(value, "#'\"{}[]&*!|>%@` "):
		return fmt.Sprintf("%q", value)
	}
	return value
}

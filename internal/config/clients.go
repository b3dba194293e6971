package config

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/redis/go-redis/v9"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// MaxBatchUnpacked is the largest batch that a client unpacks. A topic bounds what a batch is while it is packed; without a bound
// here, one of a megabyte could swell until the process runs out of memory.
const MaxBatchUnpacked = 64 << 20

// KafkaOpts is what every Kafka client of a process shares: where the brokers are and how to log in.
func (c *Config) KafkaOpts() ([]kgo.Opt, error) {
	k := &c.Kafka
	opts := []kgo.Opt{kgo.SeedBrokers(k.Brokers...), kgo.MaxDecompressBatchBytes(MaxBatchUnpacked), kgo.ProducerBatchCompression(compression(k.Compression))}
	if k.TLS {
		t, err := tlsConfig("kafka", k.CAFile, k.CertFile, k.KeyFile)
		if err != nil {
			return nil, err
		}
		opts = append(opts, kgo.DialTLSConfig(t))
	}
	if m := k.mechanism(); m != nil {
		opts = append(opts, kgo.SASL(m))
	}
	return opts, nil
}

func (k *Kafka) mechanism() sasl.Mechanism {
	switch k.Mechanism {
	case "plain":
		return plain.Auth{User: k.User, Pass: k.Password}.AsMechanism()
	case "scram-sha-256":
		return scram.Auth{User: k.User, Pass: k.Password}.AsSha256Mechanism()
	case "scram-sha-512":
		return scram.Auth{User: k.User, Pass: k.Password}.AsSha512Mechanism()
	}
	return nil
}

// LoggedInAs is how to call whom the brokers know the clients as.
func (k *Kafka) LoggedInAs() string {
	switch {
	case k.Mechanism != "":
		return "user " + k.User
	case k.CertFile != "":
		return "the owner of the certificate in " + k.CertFile
	}
	return "user ANONYMOUS"
}

func compression(name string) kgo.CompressionCodec {
	switch name {
	case "snappy":
		return kgo.SnappyCompression()
	case "lz4":
		return kgo.Lz4Compression()
	case "zstd":
		return kgo.ZstdCompression()
	}
	return kgo.NoCompression()
}

func tlsConfig(of, ca, cert, key string) (*tls.Config, error) {
	t := &tls.Config{MinVersion: tls.VersionTLS12}
	if ca != "" {
		pem, err := os.ReadFile(ca)
		if err != nil {
			return nil, fmt.Errorf("setting %s-tls-ca-file: %w", of, err)
		}
		t.RootCAs = x509.NewCertPool()
		if !t.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("setting %s-tls-ca-file: %s holds no certificate in PEM form", of, ca)
		}
	}
	if cert != "" {
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return nil, fmt.Errorf("settings %s-tls-cert-file and %s-tls-key-file: %w", of, of, err)
		}
		t.Certificates = []tls.Certificate{pair}
	}
	return t, nil
}

// RedisOptions is how to reach Redis. Nothing is retried by the client: not every command may be sent twice.
func (c *Config) RedisOptions() (*redis.Options, error) {
	r := &c.Redis
	o := &redis.Options{Addr: r.Addr, Username: r.User, Password: r.Password, DB: r.DB, MaxRetries: -1}
	if r.TLS {
		t, err := tlsConfig("redis", r.CAFile, r.CertFile, r.KeyFile)
		if err != nil {
			return nil, err
		}
		o.TLSConfig = t
	}
	return o, nil
}

// PostgresURL is the address with the password in it: to be dialled, never to be printed. It is empty where the setting is.
func (c *Config) PostgresURL() (string, error) {
	if c.Postgres.URL == "" {
		return "", nil
	}
	u, err := url.Parse(c.Postgres.URL)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" || u.Path == "" || u.Path == "/" {
		return "", c.bad("postgres-url", "of the form postgres://user@host:port/database") // never with url's own words: they repeat the URL
	}
	if c.Postgres.Password == "" {
		return u.String(), nil
	}
	if hasPassword(c.Postgres.URL) {
		return "", errors.New("settings postgres-url and postgres-password both hold a password: leave one out")
	}
	u.User = url.UserPassword(u.User.Username(), c.Postgres.Password)
	return u.String(), nil
}

func hasPassword(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return strings.Contains(address, "@") // cannot be told: better refused
	}
	_, inUser := u.User.Password()
	return inUser || u.Query().Has("password")
}

// redactURL hides a password wherever a URL may hold one.
func redactURL(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return `"***"`
	}
	if q := u.Query(); q.Has("password") {
		q.Set("password", "xxxxx")
		u.RawQuery = q.Encode()
	}
	return u.Redacted()
}

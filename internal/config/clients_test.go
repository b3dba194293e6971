package config_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"purser/internal/config"
)

// certificates makes a CA and what it signs for 127.0.0.1, to be used by both sides; ca, cert and key are files.
func certificates(t *testing.T) (server *tls.Config, ca, cert, key string) {
	t.Helper()
	caKey, caDER := sign(t, &x509.Certificate{SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true}, nil, nil)
	root, err := x509.ParseCertificate(caDER)
	if err != nil {
		t.Fatal(err)
	}
	leafKey, leafDER := sign(t, &x509.Certificate{
		SerialNumber: big.NewInt(2), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, root, caKey)
	leafKeyDER, err := x509.MarshalECPrivateKey(leafKey)
	if err != nil {
		t.Fatal(err)
	}
	encode := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	ca, cert, key = write(t, "ca.pem", encode("CERTIFICATE", caDER)), write(t, "cert.pem", encode("CERTIFICATE", leafDER)), write(t, "key.pem", encode("EC PRIVATE KEY", leafKeyDER))
	pool := x509.NewCertPool()
	pool.AddCert(root)
	return &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{leafDER}, PrivateKey: leafKey}},
		ClientCAs:    pool, ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS12,
	}, ca, cert, key
}

func sign(t *testing.T, template, parent *x509.Certificate, parentKey *ecdsa.PrivateKey) (*ecdsa.PrivateKey, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	if parent == nil {
		parent, parentKey = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, parentKey)
	if err != nil {
		t.Fatal(err)
	}
	return key, der
}

func ping(t *testing.T, c *config.Config) error {
	t.Helper()
	opts, err := c.KafkaOpts()
	if err != nil {
		t.Fatal(err)
	}
	client, err := kgo.NewClient(opts...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	return client.Ping(ctx)
}

// TestKafkaOverTLSAndSASL logs in with each mechanism, over TLS with a client certificate, and is refused with a wrong password.
func TestKafkaOverTLSAndSASL(t *testing.T) {
	server, ca, cert, key := certificates(t)
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.TLS(server), kfake.EnableSASL(),
		kfake.Superuser("PLAIN", "p", "secret-p"), kfake.Superuser("SCRAM-SHA-256", "s2", "secret-s2"), kfake.Superuser("SCRAM-SHA-512", "s5", "secret-s5"))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	args := func(user, mechanism string) []string {
		return []string{"--kafka-brokers=" + strings.Join(cluster.ListenAddrs(), ","), "--kafka-tls", "--kafka-tls-ca-file=" + ca,
			"--kafka-tls-cert-file=" + cert, "--kafka-tls-key-file=" + key, "--kafka-sasl-user=" + user, "--kafka-sasl-mechanism=" + mechanism}
	}
	for user, mechanism := range map[string]string{"p": "plain", "s2": "scram-sha-256", "s5": "scram-sha-512"} {
		c, err := load(t, args(user, mechanism), nil, "kafka-sasl-password-file: "+write(t, "password", "secret-"+user+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		if err := ping(t, c); err != nil {
			t.Errorf("%s: %v", mechanism, err)
		}
		wrong, err := load(t, args(user, mechanism), map[string]string{"PURSER_KAFKA_SASL_PASSWORD": "wrong"}, "")
		if err != nil {
			t.Fatal(err)
		}
		if err := ping(t, wrong); err == nil {
			t.Errorf("%s: a wrong password was let in", mechanism)
		}
	}
}

func TestRedisOverTLSWithPassword(t *testing.T) {
	server, ca, cert, key := certificates(t)
	m := miniredis.NewMiniRedis()
	m.RequireAuth("secret")
	if err := m.StartTLS(server); err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	dial := func(password string) error {
		c, err := load(t, []string{"--redis-addr=" + m.Addr(), "--redis-tls", "--redis-tls-ca-file=" + ca, "--redis-tls-cert-file=" + cert, "--redis-tls-key-file=" + key},
			map[string]string{"PURSER_REDIS_PASSWORD": password}, "")
		if err != nil {
			t.Fatal(err)
		}
		o, err := c.RedisOptions()
		if err != nil {
			t.Fatal(err)
		}
		client := redis.NewClient(o)
		defer client.Close()
		return client.Ping(t.Context()).Err()
	}
	if err := dial("secret"); err != nil {
		t.Error(err)
	}
	if err := dial("wrong"); err == nil {
		t.Error("a wrong password was let in")
	}
}

func TestCertificatesThatAreNone(t *testing.T) {
	c, err := load(t, []string{"--kafka-tls", "--kafka-tls-ca-file=" + write(t, "ca.pem", "nothing")}, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.KafkaOpts(); err == nil || !strings.Contains(err.Error(), "kafka-tls-ca-file") {
		t.Errorf("got %v", err)
	}
}
